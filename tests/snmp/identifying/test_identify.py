"""Who a device is, and why this profile and not the next."""

from __future__ import annotations

import asyncio

import pytest

from collectors.snmp.answers.recording import parse
from collectors.snmp.collecting import collector as collecting
from collectors.snmp.dialect.compiler import compile_profile
from collectors.snmp.dialect.library import Library
from collectors.snmp.dialect.profile import SYS_DESCR, SYS_OBJECT_ID
from collectors.snmp.engine import oid
from collectors.snmp.engine.answer import Answer
from collectors.snmp.engine.request import Kind
from collectors.snmp.engine.value import Tag
from collectors.snmp.identifying.identify import Greeting, Recognition, matches
from dcim.model import NoAnswer
from dcim.yaml import parse as parse_yaml
from tests.poll.conftest import VirtualLoop

TEXT = "profile: {name}\nformat: 1\nkind: {kind}\nvendor: V\ntitle: T\nsnmp: {{ {how} }}\npoints: [ {{ metric: device_alarms_present, oid: 1.3.6.1.4.1.5.1.0 }} ]\n"
OWN = "1.3.6.1.4.1.5.1.0|2|1\n"


def profile(name, how, kind="ups"):
    return compile_profile(parse_yaml(TEXT.format(name=name, how=how, kind=kind), name), name)


def device(*lines, object_id="1.3.6.1.4.1.5.7.1", descr="The FROBNICATOR 3"):
    return parse("\n".join([f"1.3.6.1.2.1.1.1.0|4|{descr}", f"1.3.6.1.2.1.1.2.0|6|{object_id}", *lines]))


def recognition(profiles, cells):
    return Recognition(profiles, Greeting.of(cells), cells)


def test_the_longest_prefix_wins_then_the_description_then_a_probe():
    """Pains: C1."""
    profiles = [
        profile("wide", "match: [1.3.6.1.4.1.5]"),
        profile("narrow", "match: [1.3.6.1.4.1.5.7]"),
        profile("word", "match_descr: ['frob\\w+ \\d']"),
        profile("probed", "probe: [1.3.6.1.4.1.5.1.0]"),
        profile("standard", "probe: [1.3.6.1.4.1.5.1], generic: true"),
        profile("last", "probe: [1.3.6.1.4.1.5.1], generic: alone"),
    ]
    found = recognition(profiles, device(OWN)).matches()
    assert [match.profile for match in found] == ["narrow", "wide", "word", "probed", "standard", "last"]
    assert [match.score for match in found] == [180, 170, 60, 40, 10, 5]
    assert found[0].reason == "sysObjectID 1.3.6.1.4.1.5.7.1 begins with 1.3.6.1.4.1.5.7"
    assert found[2].reason == "sysDescr has 'frob\\\\w+ \\\\d'"
    assert found[3].reason == "it answers 1.3.6.1.4.1.5.1.0"


def test_a_prefix_ends_at_a_whole_number():
    cells = parse("1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.55.1")
    assert matches([profile("five", "match: [1.3.6.1.4.1.5]")], Greeting.of(cells), cells) == []


def test_a_device_that_gives_no_object_id_calls_itself_zero():
    greeting = Greeting.of(parse("1.3.6.1.2.1.1.2.0|4|nonsense"))
    assert (greeting.object_id, greeting.dotted, greeting.descr) == (b"", "0.0", "")
    assert SYS_DESCR != SYS_OBJECT_ID


@pytest.mark.parametrize(
    ("how", "score", "reason"),
    [
        ("needs: [1.3.6.1.4.1.5.9.0, 1.3.6.1.4.1.5.1]", 172, "it answers 1.3.6.1.4.1.5.1"),
        ("needs: [{ oid: 1.3.6.1.4.1.5.1.0, is: 1 }]", 173, "1.3.6.1.4.1.5.1.0 says 1"),
        ("needs: [{ oid: 1.3.6.1.2.1.1.1.0, like: 'FROB' }]", 173, "1.3.6.1.2.1.1.1.0 says 'The FROBNICATOR 3'"),
        ("needs: [{ oid: 1.3.6.1.4.1.5.9.0, there: false }]", 172, "it does not answer 1.3.6.1.4.1.5.9.0"),
        ("lacks: [1.3.6.1.4.1.5.9.0]", 171, ""),
        ("match_descr: [frob]", 175, "sysDescr has 'frob'"),
        ("needs: [{ oid: 1.3.6.1.4.1.5.1.0, is: 2 }]", 0, "but 1.3.6.1.4.1.5.1.0 does not say what it should"),
        ("needs: [1.3.6.1.4.1.5.9.0, 1.3.6.1.4.1.5.8]", 0, "but it does not answer 1.3.6.1.4.1.5.9.0 or it does not answer 1.3.6.1.4.1.5.8"),
        ("needs: [{ oid: 1.3.6.1.4.1.5.1.0, there: false }]", 0, "but it answers 1.3.6.1.4.1.5.1.0"),
        ("lacks: [1.3.6.1.4.1.5.1]", 0, "but it answers 1.3.6.1.4.1.5.1"),
        ("lacks: [{ oid: 1.3.6.1.4.1.5.1.0, is: 1 }]", 0, "but 1.3.6.1.4.1.5.1.0 says what another family says"),
    ],
)  # fmt: skip
def test_what_a_family_needs_and_lacks_decides_and_is_told(how, score, reason):
    """Pains: C2: one sysObjectID for many kinds of device."""
    profiles = [profile("own", f"match: [1.3.6.1.4.1.5], {how}"), profile("word", "match_descr: [FROB]")]
    found = {match.profile: match for match in recognition(profiles, device(OWN)).matches()}
    assert found["own"].score == score
    assert reason in found["own"].reason
    assert recognition(profiles, device(OWN)).chosen() == (("own",) if score else ("word",))


def test_the_number_of_an_agent_in_the_devices_of_many_is_no_name():
    profiles = [profile("own", "match: [1.3.6.1.4.1.8072.3.2.10], needs: [1.3.6.1.4.1.5.9.0]")]
    assert recognition(profiles, device(object_id="1.3.6.1.4.1.8072.3.2.10")).matches() == []


@pytest.mark.parametrize(
    ("object_id", "root", "names"),
    [
        ("1.3.6.1.4.1.8072.3.2.10", "1.3.6.1.4.1.6.1", ("one", "two")),
        ("1.3.6.1.4.1.8072.3.2.10", "1.3.6.1.4.1.5.1", ("one",)),  # they share a tree: the same values twice
        ("1.3.6.1.4.1.8072.3.2.10", "1.3.6.1.4.1.5", ("one",)),  # or one stands inside the other's
        ("1.3.6.1.4.1.8072.3.2.10", "1.3.6.1.4.1.7.1", ("one",)),  # of which the device has nothing
        ("1.3.6.1.4.1.5.7", "1.3.6.1.4.1.6.1", ("one",)),  # its number tells who made it
    ],
)
def test_a_gateway_under_the_number_of_its_agent_is_read_as_every_family_it_answers_for(
    object_id, root, names
):
    """Pains: C2."""
    one = profile("one", "match: [1.3.6.1.4.1.5], probe: [1.3.6.1.4.1.5.1], root: 1.3.6.1.4.1.5.1")
    two = profile("two", f"probe: [1.3.6.1.4.1.6.1], root: {root}", kind="sensor")
    found = recognition([one, two], device(OWN, "1.3.6.1.4.1.6.1.0|2|1", object_id=object_id))
    assert found.chosen() == names


@pytest.mark.parametrize(
    ("how", "score"),
    [
        ("match: [1.3.6.1.4.1.5], needs: [1.3.6.1.4.1.5.9.0]", 17),
        ("match_descr: [FROB], needs: [{ oid: 1.3.6.1.4.1.5.9.0, is: 3 }]", 6),
        ("match: [1.3.6.1.4.1.5], needs: [{ oid: 1.3.6.1.4.1.5.1.0, is: 3 }]", 0),
        ("match: [1.3.6.1.4.1.5], lacks: [1.3.6.1.4.1.5.1.0]", 0),
        ("probe: [1.3.6.1.4.1.5.1.0], needs: [1.3.6.1.4.1.5.9.0]", 0),
    ],
)
def test_a_device_that_says_who_it_is_and_answers_nothing_more_is_believed(how, score):
    """Pains: C1: an agent whose access list shows the system group alone still has a maker and a kind."""
    found = recognition([profile("own", how)], device(OWN)).matches()
    assert [match.score for match in found] == ([score] if score else [])
    standard = profile("std", "probe: [1.3.6.1.4.1.5.1.0], generic: true")
    assert recognition([profile("own", how), standard], device(OWN)).chosen() == ("std",)


def test_a_need_stands_below_each_of_several_roots():
    how = "match: [1.3.6.1.4.1.5], root: [1.3.6.1.4.1.4, 1.3.6.1.4.1.5], needs: [$root.1.0]"
    assert recognition([profile("own", how)], device(OWN)).chosen() == ("own",)


@pytest.mark.parametrize(
    ("how", "names"),
    [
        ("match: [1.3.6.1.4.1.77], root: 1.3.6.1.4.1.5.1", ("own",)),
        ("match: [1.3.6.1.4.1.77], root: [1.3.6.1.4.1.78.1, 1.3.6.1.4.1.5.1]", ("own",)),
        ("match: [1.3.6.1.4.1.77], root: 1.3.6.1.4.1.5", ()),
        ("match: [1.3.6.1.4.1.77], root: 1.3.6.1.4.1.5.2", ()),
        ("match: [1.3.6.1.4.1.77], root: $sys_object_id", ()),
        ("match: [1.3.6.1.4.1.77], root: 1.3.6.1.4.1.5.1, needs: [1.3.6.1.4.1.5.3]", ()),
    ],
)
def test_a_device_that_nothing_speaks_for_is_told_by_the_tree_it_answers(how, names):
    """Pains: C2: no sysObjectID, or that of a maker whose card is in the devices of many."""
    found = recognition([profile("own", how)], device(OWN))
    assert found.chosen() == names


def test_a_tree_that_two_families_share_tells_neither_and_of_nested_ones_the_narrower_tells():
    """Pains: C2."""
    one = profile("one", "match: [1.3.6.1.4.1.77], root: 1.3.6.1.4.1.5.1")
    two = profile("two", "match: [1.3.6.1.4.1.78], root: 1.3.6.1.4.1.5.1")
    narrower = profile("three", "match: [1.3.6.1.4.1.78], root: 1.3.6.1.4.1.5.1.0")
    elsewhere = profile("four", "match: [1.3.6.1.4.1.79], root: 1.3.6.1.4.1.5.1.9")
    assert recognition([one, two], device(OWN)).chosen() == ()
    assert recognition([one, narrower], device(OWN)).chosen() == ("three",)
    assert recognition([one, elsewhere], device(OWN)).chosen() == ()


def test_the_tree_of_a_family_tells_more_than_a_standard_which_is_used_beside_it():
    """Pains: C2: a maker's new card answers the standard too."""
    own = profile("own", "match: [1.3.6.1.4.1.77], root: 1.3.6.1.4.1.5.1")
    standard = profile("std", "probe: [1.3.6.1.4.1.5.1.0], generic: true")
    assert recognition([own, standard], device(OWN)).chosen() == ("own", "std")


def test_a_word_in_sys_descr_alone_is_not_believed_of_a_device_of_another_maker():
    """Pains: C2."""
    one = profile("one", "match: [1.3.6.1.4.1.77], match_descr: [Acme], needs: [1.3.6.1.4.1.77.1.0]")
    system = "1.3.6.1.2.1.1.1.0|4|Acme 5\n1.3.6.1.2.1.1.2.0|6|"
    assert recognition([one], device(system + "1.3.6.1.4.1.77.8")).chosen() == ("one",)
    assert recognition([one], device(system + "1.3.6.1.4.1.78.8")).chosen() == ()


def test_what_one_family_alone_needs_tells_it_under_a_number_that_nobody_has_seen():
    """Pains: C2."""
    one = profile("one", "match: [1.3.6.1.4.1.77], needs: [1.3.6.1.4.1.5.1.0]")
    two = profile("two", "match: [1.3.6.1.4.1.77], needs: [1.3.6.1.4.1.5.2.0]")
    assert recognition([one, two], device(OWN)).chosen() == ("one",)
    again = profile("three", "match: [1.3.6.1.4.1.78], needs: [1.3.6.1.4.1.5.1.0]")
    assert recognition([one, two, again], device(OWN)).chosen() == ()
    lacking = profile("one", "match: [1.3.6.1.4.1.77], needs: [1.3.6.1.4.1.5.1.0], lacks: [1.3.6.1.4.1.5.1]")
    assert recognition([lacking, two], device(OWN)).chosen() == ()


STANDARDS = [
    profile("std_ups", "probe: [1.3.6.1.2.1.33.1.0], generic: true"),
    profile("std_pdu", "probe: [1.3.6.1.2.1.33.1.0], generic: true", "pdu"),
    profile("std_last", "probe: [1.3.6.1.2.1.33.1.0], generic: alone"),
]
STD = "1.3.6.1.2.1.33.1.0|2|1"
PART = profile("part", "match: [1.3.6.1.4.1.5], needs: [1.3.6.1.4.1.5.9], part: true", "sensor")
PROBE = "1.3.6.1.4.1.5.9.1|2|1"


@pytest.mark.parametrize(
    ("inherit", "lines", "names"),
    [
        ("", (OWN, STD), ("own", "std_ups")),
        ("", (OWN,), ("own",)),
        (", inherit: none", (OWN, STD), ("own",)),
        (", inherit: [std_last, std_pdu]", (OWN, STD), ("own", "std_pdu", "std_last")),
        ("", (OWN, STD, PROBE), ("own", "part", "std_ups")),
    ],
)
def test_a_family_of_its_own_inherits_from_standards_and_has_parts_beside_it(inherit, lines, names):
    profiles = [profile("own", f"match: [1.3.6.1.4.1.5]{inherit}"), *STANDARDS, PART]
    assert recognition(profiles, device(*lines)).chosen() == names


@pytest.mark.parametrize(
    ("lines", "names"),
    [
        ((STD,), ("own", "std_pdu", "std_ups", "std_last")),
        ((OWN, STD), ("own", "std_ups")),
        (("1.3.6.1.4.1.5.2.0|2|1", STD), ("own", "std_ups")),
        ((), ("own",)),
    ],
)
def test_a_family_whose_own_tree_is_silent_gives_way_to_every_standard_the_device_answers(lines, names):
    """A card with new firmware that has a standard, of whatever kind, instead of its maker's tree. Pains: C2, C11."""
    own = profile("own", "match: [1.3.6.1.4.1.5], root: 1.3.6.1.4.1.5")
    assert recognition([own, *STANDARDS], device(*lines)).chosen() == names


async def test_a_card_that_has_a_standard_instead_of_its_makers_tree_is_asked_for_it(polled):
    families = {
        "own": ("match: [1.3.6.1.4.1.5], root: 1.3.6.1.4.1.5", "pdu"),
        "std": FAMILIES["std"],
        "stranger": FAMILIES["stranger"],
    }
    without = GREETED.replace(OWN, "").replace(f"{PROBE}\n", "")
    one, names = await polled(without, families)
    assert names == ["own", "std"]
    assert not [name for asked in one.asked for name in asked.oids if name.hex().startswith("2b060104014d")]


def test_a_device_of_an_unknown_family_is_read_by_every_standard_it_answers():
    """Pains: C11."""
    found = recognition([*STANDARDS, PART], device(OWN, STD, PROBE))
    assert found.chosen() == ("std_pdu", "std_ups", "std_last", "part")
    assert recognition([*STANDARDS, PART], device(OWN)).chosen() == ()


@pytest.fixture
def polled(agent, asset, collector, tmp_path):
    """Return the agent, and the poll's identification, of a device and profiles in a folder."""

    async def make(text, profiles, **faults):
        for name, (how, kind) in profiles.items():
            (tmp_path / name).mkdir()
            (tmp_path / name / "profile.yaml").write_text(TEXT.format(name=name, how=how, kind=kind))
        library = Library.of([tmp_path])
        library.folders = {name: library.folders[name] for name in profiles}
        one = agent(text, **faults)
        poller = collector(one, library)
        device = asset()
        found = await poller.identify(device.address, [*poller._credentials.values()], device)
        return one, [match.profile for match in found if match.score]

    return make


GREETED = f"1.3.6.1.2.1.1.1.0|4|x\n1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.5.7\n{OWN}{STD}\n{PROBE}\n1.3.6.1.4.1.77.2.3|2|1\n"
FAMILIES = {
    "own": ("match: [1.3.6.1.4.1.5], needs: [1.3.6.1.4.1.5.1]", "ups"),
    "part": ("probe: [1.3.6.1.4.1.5.9], part: true", "sensor"),
    "std": ("probe: [1.3.6.1.2.1.33.1], generic: true", "ups"),
    "stranger": ("probe: [1.3.6.1.4.1.77.1.0, 1.3.6.1.4.1.77.2]", "pdu"),
}


@pytest.mark.parametrize("faults", [{}, {"limit": 1}, {"v1": True}])
async def test_a_known_device_is_asked_only_what_decides(polled, faults):
    one, names = await polled(GREETED, FAMILIES, **faults)
    assert names == ["own", "part", "std"]
    assert not [name for asked in one.asked for name in asked.oids if name.hex().startswith("2b060104014d")]


async def test_a_device_that_the_greeting_does_not_tell_is_asked_every_probe(polled):
    """Pains: C2: agents that call themselves net-snmp."""
    one, names = await polled(GREETED.replace("6|1.3.6.1.4.1.5.7", "6|1.3.6.1.4.1.8072.3.2.10"), FAMILIES)
    assert names == ["part", "stranger", "std"]
    assert len(one.asked) <= 6


async def test_a_probe_is_looked_for_before_a_name_alone_is_believed(polled):
    families = {
        "own": ("match: [1.3.6.1.4.1.5], needs: [1.3.6.1.4.1.5.66]", "ups"),
        "stranger": FAMILIES["stranger"],
    }
    _, names = await polled(GREETED, families)
    assert names == ["stranger"]


async def test_columns_that_are_never_answered_cost_themselves_alone(polled):
    one, names = await polled(GREETED, FAMILIES, mute_kinds={Kind.NEXT})
    assert names == ["own"]
    assert one.asked


async def test_an_answer_that_lies_not_beyond_what_was_asked_tells_no_tree(polled, agent, monkeypatch):
    """Some agents answer "what follows?" with the very name that was asked."""

    def same(self, request):
        return Answer(request.oids, [5] * len(request.oids), b"\x02" * len(request.oids))

    monkeypatch.setattr(type(agent()), "_walk", same)
    families = {
        "own": ("match: [1.3.6.1.4.1.66], roots: [1.3.6.1.4.1.66.1.2]", "ups"),
        "stranger": ("probe: [1.3.6.1.4.1.77.2]", "pdu"),
        "std": FAMILIES["std"],
    }
    _, names = await polled(GREETED.replace(STD, "1.3.6.1.2.1.33|2|1\n"), families)
    assert names == []


def slowly(agent, seconds):
    """Make an agent answer so many seconds after each question, if there is so much time."""
    at_once = agent.ask

    async def ask(target, request, deadline, urgency=None):
        loop = asyncio.get_running_loop()
        await asyncio.sleep(min(seconds, deadline - loop.time()))
        if loop.time() >= deadline:
            raise NoAnswer("too late")
        return await at_once(target, request, deadline)

    agent.ask = ask
    return agent


@pytest.mark.long
def test_a_slow_card_is_recognised_as_long_as_each_answer_comes_in_time(agent, asset, collector, ask):
    """Many answers late by less than the timeout are no silence; and it is asked for its family once."""

    async def story():
        one = agent(image="rfc1628_ups/online")
        one.set("1.3.6.1.2.1.1.2.0", oid.encode("1.3.6.1.4.1.32473.7"), Tag.OBJECT_IDENTIFIER)
        poller, device = collector(slowly(one, 0.06)), asset(timeout=0.4)
        found = await poller.identify(device.address, [*poller._credentials.values()], device)
        assert found[0].profile == "rfc1628_ups"
        asked = len(one.asked)
        assert asked * 0.06 > 3 * 0.4  # more than a deadline of three timeouts had room for
        collected = await poller.collect(device, ask())
        assert collected.identity is not None
        assert len(one.asked) - asked < asked
        assert [profile.name for profile in poller._devices["dev"].profiles] == ["rfc1628_ups"]

    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        runner.run(story())


async def test_patience_with_a_slow_card_ends(agent, asset, collector, monkeypatch):
    monkeypatch.setattr(collecting, "_QUESTIONS", 3)
    one = agent(image="rfc1628_ups/online")
    one.set("1.3.6.1.2.1.1.2.0", oid.encode("1.3.6.1.4.1.32473.7"), Tag.OBJECT_IDENTIFIER)
    poller, device = collector(slowly(one, 0.06)), asset(timeout=0.2)
    with pytest.raises(NoAnswer):
        await poller.identify(device.address, [*poller._credentials.values()], device)
    assert len(one.asked) <= 3 + 3 * 0.2 / 0.06


@pytest.mark.parametrize(
    ("faults", "kind"),
    [
        ({"limit": 0}, "tooBig (error status 1)"),
        ({"refused": {SYS_DESCR, SYS_OBJECT_ID}}, "genErr (error status 5)"),
        ({"v1": True}, None),
    ],
)
async def test_what_kept_a_device_from_being_recognised_is_told_by_its_code(
    agent, asset, collector, faults, kind
):
    """That a name is not there is no trouble."""
    one = agent("1.3.6.1.2.1.1.5.0|4|x\n", **faults)
    poller, device = collector(one), asset()
    assert await poller.identify(device.address, [*poller._credentials.values()], device) == []
    told = poller.troubles(device)
    assert [trouble.kind for trouble in told] == ([kind] if kind else [])
    assert all(trouble.hint and trouble.asked for trouble in told)


async def test_an_answer_about_other_names_is_a_trouble(agent, asset, collector, monkeypatch):
    one = agent("1.3.6.1.2.1.1.5.0|4|x\n")
    other = (oid.encode("1.3.6.1.2.1.1.9"),)
    monkeypatch.setattr(one, "_get", lambda request: Answer(other, [1], b"\x02"))
    poller, device = collector(one), asset()
    assert await poller.identify(device.address, [*poller._credentials.values()], device) == []
    assert [trouble.kind for trouble in poller.troubles(device)] == ["names that were not asked"]
