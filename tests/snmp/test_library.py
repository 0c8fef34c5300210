"""Profiles on disk: found by their folder, read when needed; the user's own win."""

from __future__ import annotations

import pytest

from collectors.snmp.dialect import SYS_DESCR, SYS_OBJECT_ID
from collectors.snmp.identify import Greeting, chosen, matches
from collectors.snmp.library import Library
from collectors.snmp.recording import parse
from dcim.collect import Match
from dcim.model import ConfigError

TEXT = "profile: {name}\nformat: 1\nkind: ups\nvendor: {vendor}\ntitle: T\nsnmp: {{ {how} }}\npoints: [ {{ metric: ups_battery_packs, oid: 1.3.6.1.4.1.5.1.0 }} ]\n"


@pytest.fixture
def folder(tmp_path):
    def make(name, how="match: [1.3.6.1.4.1.5]", vendor="V", text=None, under="own"):
        path = tmp_path / under / name
        path.mkdir(parents=True)
        (path / "profile.yaml").write_text(text or TEXT.format(name=name, vendor=vendor, how=how))
        return tmp_path / under

    return make


def test_a_users_profile_wins_over_ours(folder):
    library = Library.of([folder("apc_ats", vendor="Mine")])
    assert library.profile("apc_ats").vendor == "Mine"
    assert library.profile("rfc1628_ups").vendor == "RFC 1628"


def test_the_first_of_two_directories_wins(folder):
    first, second = folder("mine", vendor="First", under="a"), folder("mine", vendor="Second", under="b")
    assert Library.of([first, second]).profile("mine").vendor == "First"


def test_a_profile_that_does_not_exist_is_answered_with_the_nearest_one():
    with pytest.raises(ConfigError, match="did you mean 'apc_rpdu2'"):
        Library.of().profile("apc_rpdu")


def test_a_broken_profile_costs_the_others_nothing_and_is_told_once(folder):
    library = Library.of([folder("broken", text="profile: broken\nformat: 2\n")])
    names = [profile.name for profile in library.all()]
    assert "apc_ats" in names
    assert "broken" not in names
    count = len(library.problems)
    assert count
    assert list(library.all())
    assert len(library.problems) == count


BROKEN = TEXT.replace("ups_battery_packs", "no_such_metric")


def test_a_users_profile_is_checked_whole_before_anything_is_recognised_by_it(folder):
    library = Library.of(
        [folder("broken", text=BROKEN.format(name="broken", vendor="V", how="match: [1.3.6]"))]
    )
    names = [head.name for head in library.heads()]
    assert "apc_ats" in names
    assert "broken" not in names
    assert any("no_such_metric" in str(problem) for problem in library.problems)


def test_of_a_tested_profile_the_top_alone_is_read_until_a_device_needs_it(folder):
    directory = folder("broken", text=BROKEN.format(name="broken", vendor="V", how="match: [1.3.6]"))
    library = Library({"broken": directory / "broken"})
    (head,) = library.heads()
    assert (head.name, head.vendor, head.values) == ("broken", "V", ())
    assert library.problems == []
    with pytest.raises(ConfigError, match="no_such_metric"):
        library.profile("broken")
    assert list(library.all()) == []


def test_a_modbus_profile_in_the_same_directory_is_no_problem_of_ours(folder):
    library = Library.of([folder("meter", text="profile: meter\nformat: 1\nmodbus: {}\n")])
    assert "meter" not in [profile.name for profile in library.all()]
    assert [problem for problem in library.problems if "meter" in problem.path] == []


def test_the_longest_prefix_wins_then_the_description_then_a_probe(folder):
    directory = folder("wide", "match: [1.3.6.1.4.1.5]")
    folder("narrow", "match: [1.3.6.1.4.1.5.7]")
    folder("word", "match_descr: [Frobnicator]")
    folder("probed", "probe: [1.3.6.1.4.1.5.1.0]")
    folder("standard", "probe: [1.3.6.1.4.1.5.1.0], generic: true")
    library = Library.of([directory])
    cells = parse(
        "1.3.6.1.2.1.1.1.0|4|The FROBNICATOR 3\n1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.5.7.1\n1.3.6.1.4.1.5.1.0|2|1"
    )
    found = matches(library.all(), Greeting.of(cells), lambda name: bool(cells.below(name)))
    assert [match.profile for match in found] == ["narrow", "wide", "word", "probed", "standard"]
    assert found[0].reason == "sysObjectID 1.3.6.1.4.1.5.7.1 begins with 1.3.6.1.4.1.5.7"
    assert found[2].reason == "sysDescr has 'Frobnicator'"
    assert found[3].reason == "it answers 1.3.6.1.4.1.5.1.0"


def test_a_prefix_ends_at_a_whole_number(folder):
    library = Library.of([folder("five", "match: [1.3.6.1.4.1.5]")])
    cells = parse("1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.55.1")
    assert matches([library.profile("five")], Greeting.of(cells), lambda _: False) == []


def test_a_device_that_gives_no_object_id_calls_itself_zero():
    greeting = Greeting.of(parse("1.3.6.1.2.1.1.2.0|4|nonsense"))
    assert (greeting.object_id, greeting.dotted, greeting.descr) == (b"", "0.0", "")
    assert SYS_DESCR != SYS_OBJECT_ID


def test_one_own_family_or_every_standard_one():
    own, std, other = Match("own", 40, ""), Match("std", 10, ""), Match("std2", 10, "")
    generic = frozenset({"std", "std2"})
    assert chosen([own, std], generic) == ("own",)
    assert chosen([std, other], generic) == ("std", "std2")
    assert chosen([], generic) == ()
