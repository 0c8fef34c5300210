"""Profiles on disk: found by their folder, read when needed; the user's own win."""

from __future__ import annotations

import pytest

from collectors.snmp.dialect.library import Library
from collectors.snmp.engine import oid
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


def few(library):
    """Return the library with the user's profiles and one of ours: not all of them have to be compiled."""
    library.folders = {
        name: path for name, path in library.folders.items() if name in {"apc_ats", *library.own}
    }
    return library


def test_a_users_profile_wins_over_ours(folder):
    library = Library.of([folder("apc_ats", vendor="Mine")])
    assert library.profile("apc_ats").vendor == "Mine"
    assert library.profile("rfc1628_ups").vendor == "RFC 1628"


def test_the_first_of_two_directories_wins(folder):
    first, second = folder("mine", vendor="First", under="a"), folder("mine", vendor="Second", under="b")
    assert Library.of([first, second]).profile("mine").vendor == "First"


def test_a_profile_that_does_not_exist_is_answered_with_the_nearest_one(folder):
    with pytest.raises(ConfigError, match="did you mean 'frobnicator_x'"):
        Library.of([folder("frobnicator_x")]).profile("frobnicator")


def test_a_broken_profile_costs_the_others_nothing_and_is_told_once(folder):
    library = few(Library.of([folder("broken", text="profile: broken\nformat: 2\n")]))
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


def test_a_tested_family_may_be_named_without_a_look_into_its_file_unless_that_says_how_often(folder):
    quick = folder("quick", text="no profile at all")
    slow = folder("slow", text=TEXT.format(name="slow", vendor="V", how="match: [1.3.6], least_interval: 30"))
    library = Library({"quick": quick / "quick", "slow": slow / "slow"})
    assert [(one.name, one.least_interval) for one in library.families()] == [("quick", 0.0), ("slow", 30.0)]


def test_the_families_that_may_be_named_are_those_that_identification_knows():
    library = Library.of()
    heads = [(head.name, head.least_interval) for head in library.heads()]
    assert [(one.name, one.least_interval) for one in library.families()] == heads


def test_a_modbus_profile_in_the_same_directory_is_no_problem_of_ours(folder):
    library = few(Library.of([folder("meter", text="profile: meter\nformat: 1\nmodbus: {}\n")]))
    assert "meter" not in [profile.name for profile in library.all()]
    assert [problem for problem in library.problems if "meter" in problem.path] == []


def test_a_profile_extends_another_below_its_own_root(folder):
    base = "profile: base\nformat: 1\nkind: ups\nvendor: B\ntitle: T\nsnmp: { match: [1.3.6.1.4.1.6], root: 1.3.6.1.4.1.6.1, max_varbinds: 9 }\npoints: [ { metric: ups_battery_packs, oid: $root.1.0 } ]\n"
    copy = "profile: copy\nformat: 1\nkind: ups\nvendor: C\ntitle: T\nextends: base\nsnmp: { match: [1.3.6.1.4.1.7], root: 1.3.6.1.4.1.7.2 }\n"
    directory = folder("base", text=base)
    folder("copy", text=copy)
    profile = Library.of([directory]).profile("copy")
    assert (profile.vendor, profile.max_varbinds) == ("C", 9)
    assert [layer.name for layer in profile.stack()] == ["copy", "copy/base"]
    assert oid.text(profile.layers[0].values[0].place.oid) == "1.3.6.1.4.1.7.2.1.0"


def test_a_key_that_stands_twice_in_what_a_profile_extends_hides_none_of_its_other_mistakes(folder):
    base = BROKEN.format(name="base", vendor="V", how="match: [1.3.6.1.4.1.5]") + "title: Again\n"
    copy = TEXT.format(name="copy", vendor="V", how="match: [1.3.6.1.4.1.7], root: 1.3.6.1.4.1.7")
    directory = folder("base", text=base)
    folder("copy", text=copy + "extends: base\n")
    with pytest.raises(ConfigError) as told:
        Library.of([directory]).profile("copy")
    assert "title" in str(told.value)
    assert "no_such_metric" in str(told.value)


@pytest.mark.parametrize(
    ("extends", "what"), [("mien", "did you mean 'mine'"), ("mine", "extends itself: mine -> mine")]
)
def test_what_a_profile_extends_must_be_there_and_another(folder, extends, what):
    text = TEXT.format(name="mine", vendor="V", how="match: [1.3.6.1.4.1.5], root: 1.3.6.1.4.1.5")
    with pytest.raises(ConfigError, match=what):
        Library.of([folder("mine", text=text + f"extends: {extends}\n")]).profile("mine")


def test_tops_are_bound_to_what_the_device_calls_itself(folder):
    how = "match: [1.3.6.1.4.1.5], root: $sys_object_id, needs: [$root.1.0]"
    library = Library.of([folder("mine", how)])
    top = next(head for head in library.heads("1.3.6.1.4.1.5.7") if head.name == "mine")
    assert oid.text(top.needs[0].oid) == "1.3.6.1.4.1.5.7.1.0"
