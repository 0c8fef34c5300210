"""Who hears of what: first, next, later, together; and everybody who heard is told of the end. Pains: H1, H2, H3."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from dcim.alerts import Language, Severity
from dcim.model import Memory
from dcim.model.fact import FactKind
from dcim.notify import Notice, NoticeKind, Site, Subject
from dcim.notify.deciding.dispatch import Dispatch
from dcim.notify.deciding.duty import DutyRefused
from dcim.notify.notices.context import Beside
from dcim.routing import Limit, Match, Override, Person, Rota, Route, Step, Telling
from dcim.store import Store, Work, verify

SITE = Site("cas1", "Casablanca 1", "Africa/Casablanca", Language.FR)
CHANNELS = ("sms", "mail", "noc")
URGENT = Match(severities=frozenset({Severity.CRITICAL, Severity.MAJOR}))
FIRST = datetime(2025, 11, 24, 8, tzinfo=ZoneInfo("Africa/Casablanca"))  # the Monday before NOON
PEOPLE = {"amina": Person("amina", "Amina", ("sms",)), "karim": Person("karim", "Karim", ("mail",))}
ROTA = Rota("on-call", ("amina", "karim"), FIRST)
TELLING = Telling(
    PEOPLE,
    {"on-call": ROTA},
    (
        Route("urgent", URGENT, (Step(0, ("on-call",)), Step(600, ("noc",))), 3600),
        Route("rest", steps=(Step(0, ("noc",)),), digest=True),
    ),
    (time(20),),
)  # fmt: skip
HOUR = 3600.0


def told(work: Work) -> list[tuple[str, str]]:
    return [(message.channel, str(message.body["kind"])) for message in work.outbox]


def incident(base: Notice, key: str = "i1", severity: Severity = Severity.CRITICAL, **said: Any) -> Notice:
    return replace(base, **{"key": key, "severity": severity, "at": base.raised_at, **said})


@pytest.fixture
def base(notice: Callable[[], Notice]) -> Notice:
    return notice()


def desk(clock: Any, telling: Telling = TELLING, channels: Sequence[str] = CHANNELS) -> Dispatch:
    made = Dispatch(telling, channels, SITE, clock)
    made.tick()
    return made


def restarted(before: list[Memory], clock: Any, telling: Telling = TELLING) -> Dispatch:
    kept = {(memory.room, memory.key): memory for memory in before}
    again = Dispatch(telling, CHANNELS, SITE, clock)
    again.recall(Memory(one.room, one.key, one.body) for one in kept.values() if one.body is not None)
    return again


def test_without_routes_everybody_hears_of_everything(base: Notice, clock: Any) -> None:
    one = desk(clock, Telling())
    raised = incident(base)
    assert one(raised) == CHANNELS
    assert one(replace(raised, kind=NoticeKind.CLEARED)) == CHANNELS
    clock.wall += 100 * HOUR
    assert one.tick().outbox == ()


def test_whoever_is_on_call_hears_first_then_more_then_all_again_and_all_of_the_end(
    base: Notice, clock: Any
) -> None:
    one = desk(clock)
    raised = incident(base)
    assert one(raised) == ("sms",)
    clock.wall += 600
    assert told(one.tick()) == [("noc", "reminded")]
    clock.wall += HOUR
    again = one.tick()
    assert told(again) == [("sms", "reminded"), ("noc", "reminded")]
    assert [fact.kind for fact in again.facts] == [FactKind.REMINDER]
    assert one(replace(raised, kind=NoticeKind.CLEARED)) == ("sms", "noc")
    clock.wall += 10 * HOUR
    assert told(one.tick()) == []


def test_no_two_reminders_are_one_message(base: Notice, clock: Any) -> None:
    one = desk(clock)
    one(incident(base))
    ids = set()
    for _ in range(4):
        clock.wall += HOUR
        ids |= {message.message_id for message in one.tick().outbox}
    assert len(ids) == 4


def test_a_reminder_says_what_is_so_now_and_values_have_their_age_of_now(base: Notice, clock: Any) -> None:
    one = desk(clock)
    beside = Beside("ups_battery_runtime_seconds", value=600.0, unit="s", age=1.0)
    one(incident(base, context=(beside,)))
    clock.wall += 600
    kept = Notice.of(one.tick().outbox[0].body)
    assert [(value.value, value.age) for value in kept.context] == [(600.0, 601.0)]
    clock.wall += HOUR
    work = one.tick(lambda notice, at: replace(notice, at=at, headline={Language.FR: "à présent"}))
    said = [Notice.of(message.body) for message in work.outbox]
    assert {(notice.kind, notice.headline[Language.FR]) for notice in said} == {
        (NoticeKind.REMINDED, "à présent")
    }


def test_what_nobody_knows_of_calls_nobody_again_until_more_is_known(base: Notice, clock: Any) -> None:
    one = desk(clock)
    raised = incident(base)
    one(raised)
    clock.wall += 60
    unknown = replace(raised, kind=NoticeKind.UPDATED, why="unknown", number=1, at=clock.wall)
    assert one(unknown) == ("sms",), "whoever was told is told that"
    again = restarted([*one.unsaved()], clock)
    for each in (one, again):
        clock.wall += 10 * HOUR
        assert told(each.tick()) == []
    known = replace(raised, kind=NoticeKind.UPDATED, why="known", number=2, at=clock.wall)
    assert set(one(known)) == {"sms"}
    clock.wall += 600
    assert told(one.tick()) == [("noc", "reminded")], "from its first step, as when it began"


def test_a_far_side_that_keeps_troubles_gets_each_of_them_and_no_list(base: Notice, clock: Any) -> None:
    """Pains: F4."""
    routes = (
        Route("digest", Match(frozenset({Severity.MINOR})), (Step(0.0, ("pager", "mail")),), digest=True),
    )
    limits = {"pager": Limit(1, HOUR), "mail": Limit(1, HOUR)}
    one = Dispatch(
        replace(TELLING, routes=routes, limits=limits), ("pager", "mail"), SITE, clock, keepers=("pager",)
    )
    one.tick()
    for key in ("i1", "i2"):
        told_now = one(incident(base, key, Severity.MAJOR, at=clock.now()))
    assert told_now == ("pager",)  # no limit holds a trigger back there
    assert one(incident(base, "i3", Severity.MINOR, at=clock.now())) == ()
    assert one(incident(base, "i4", Severity.MINOR, at=clock.now())) == ()
    assert one(replace(incident(base, "i4", Severity.MINOR), kind=NoticeKind.CLEARED)) == ()
    clock.wall += 24 * HOUR
    work = one.tick()
    assert [
        (message.body["key"], message.body["kind"]) for message in work.outbox if message.channel == "pager"
    ] == [("i3", "raised")]
    assert {message.body["kind"] for message in work.outbox if message.channel == "mail"} == {"listed"}
    assert one(replace(incident(base, "i3", Severity.MINOR), kind=NoticeKind.CLEARED)) == ("pager", "mail")


def test_an_acknowledgement_stops_it_and_its_end_begins_it_again(base: Notice, clock: Any) -> None:
    one = desk(clock)
    raised = incident(base)
    one(raised)
    assert one(replace(raised, kind=NoticeKind.ACKNOWLEDGED, acknowledged="amina")) == ("sms",)
    clock.wall += 5 * HOUR
    assert told(one.tick()) == []
    assert one(replace(raised, kind=NoticeKind.UPDATED, acknowledged="amina", number=1)) == ("sms",)
    assert told(one.tick()) == []
    assert one(replace(raised, kind=NoticeKind.UPDATED, at=clock.now(), number=2)) == ("sms",)  # it expired
    clock.wall += 600
    assert told(one.tick()) == [("noc", "reminded")]


def test_the_hand_over_changes_who_is_told_and_not_who_heard(base: Notice, clock: Any) -> None:
    one = desk(clock)
    raised = incident(base)
    one(raised)
    one(replace(raised, kind=NoticeKind.ACKNOWLEDGED, acknowledged="amina"))
    clock.wall = datetime(2025, 12, 1, 7, tzinfo=UTC).timestamp()  # eight on the wall
    work = one.tick()
    assert told(work) == [("mail", "listed")]
    assert [child["key"] for child in work.outbox[0].body["children"]] == ["i1"]  # type: ignore[call-overload,index,union-attr]
    assert {fact.kind for fact in work.facts} == {FactKind.SUMMARY, FactKind.ON_CALL}
    assert one(incident(base, "i2", at=clock.now())) == ("mail",)
    assert one(replace(raised, kind=NoticeKind.CLEARED)) == ("sms",)


def test_a_hand_over_tells_what_went_on_in_the_turn_before_also_across_a_kill(
    base: Notice, clock: Any
) -> None:
    """Pains: H2. Who comes next knows of what is over, once; nothing of it is told by a later hand-over."""
    one = Dispatch(TELLING, CHANNELS, SITE, clock)
    memories = [*one.tick().memories]
    for number in range(40):
        past = incident(base, f"i{number}", Severity.CRITICAL if number == 3 else Severity.MINOR)
        one(past)
        one(replace(past, kind=NoticeKind.CLEARED, at=clock.now()))
    one(incident(base, "open"))
    again = restarted([*memories, *one.unsaved()], clock)
    clock.wall = datetime(2025, 12, 1, 7, tzinfo=UTC).timestamp()  # eight on the wall
    work = again.tick()
    (said,) = [Notice.of(message.body) for message in work.outbox if message.body["rule"] == "hand_over"]
    assert "incidents : 41, dont en cours : 1" in said.headline[Language.FR]
    assert [child.key for child in said.children][:2] == ["open", "i3"]
    assert (len(said.children), said.alerts) == (31, 41)
    clock.wall += 7 * 24 * HOUR
    third = restarted([*memories, *work.memories], clock)
    (said,) = [Notice.of(one.body) for one in third.tick().outbox if one.body["rule"] == "hand_over"]
    assert [child.key for child in said.children] == ["open"]


def test_lists_say_what_is_so_now(base: Notice, clock: Any) -> None:
    """What was not known when it was told first (power unknown) may be known by the hour of the list."""
    one = desk(clock, Telling(limits={"noc": Limit(1, 60.0)}))
    now = dict.fromkeys(Language, "all racks still live")
    for number in range(2):
        one(incident(base, f"i{number}", Severity.MINOR, headline=dict.fromkeys(Language, "power unknown")))
    clock.wall += 60
    work = one.tick(lambda notice, at: replace(notice, at=at, headline=now))
    (said,) = [Notice.of(message.body) for message in work.outbox]
    assert [child.title for child in said.children] == [now]


def test_the_digest_tells_of_all_that_came_once_at_its_hour(base: Notice, clock: Any) -> None:
    one = desk(clock)
    minor = [incident(base, f"i{number}", Severity.MINOR) for number in range(3)]
    assert [one(each) for each in minor] == [(), (), ()]
    assert one(replace(minor[0], kind=NoticeKind.CLEARED)) == ()
    clock.wall += 6 * HOUR  # 19:00 on the wall
    assert told(one.tick()) == []
    clock.wall += HOUR
    work = one.tick()
    assert told(work) == [("noc", "listed")]
    children: Any = work.outbox[0].body["children"]
    assert [(child["key"], child["open"]) for child in children] == [
        ("i1", True),
        ("i2", True),
        ("i0", False),
    ]
    assert one(replace(minor[1], kind=NoticeKind.CLEARED)) == ("noc",)
    clock.wall += 24 * HOUR
    assert told(one.tick()) == []


def test_one_that_grows_worse_is_told_at_once(base: Notice, clock: Any) -> None:
    one = desk(clock)
    minor = incident(base, severity=Severity.MINOR)
    assert one(minor) == ()
    assert one(replace(minor, kind=NoticeKind.UPDATED, severity=Severity.MAJOR, number=1)) == ("sms",)
    assert one(replace(minor, kind=NoticeKind.CLEARED, severity=Severity.MAJOR)) == ("sms",)


def test_what_a_channel_does_not_bear_comes_together_and_what_is_critical_always(
    base: Notice, clock: Any
) -> None:
    one = desk(clock, Telling(limits={"noc": Limit(2, 60.0)}))
    minor = [incident(base, f"i{number}", Severity.MINOR) for number in range(4)]
    assert [("noc" in one(each)) for each in minor] == [True, True, False, False]
    assert "noc" in one(incident(base, "worst"))
    assert "noc" not in one(replace(minor[3], kind=NoticeKind.CLEARED))
    clock.wall += 60
    work = one.tick()
    assert told(work) == [("noc", "listed")]
    assert [child["key"] for child in work.outbox[0].body["children"]] == ["i2"]  # type: ignore[call-overload,index,union-attr]
    assert "noc" in one(replace(minor[2], kind=NoticeKind.CLEARED))


def test_a_restart_goes_on_where_it_stood(base: Notice, clock: Any) -> None:
    one = Dispatch(TELLING, CHANNELS, SITE, clock)
    memories = [*one.tick().memories]
    raised, minor = incident(base), incident(base, "i2", Severity.MINOR)
    one(raised)
    one(minor)
    memories += one.unsaved()
    clock.wall += 600
    again = restarted(memories, clock)
    work = again.tick()
    assert told(work) == [("noc", "reminded")]
    memories += work.memories
    clock.wall += 8 * HOUR
    third = restarted(memories, clock)
    assert sorted(told(third.tick())) == [("noc", "listed"), ("noc", "reminded"), ("sms", "reminded")]
    assert third(replace(raised, kind=NoticeKind.CLEARED)) == ("sms", "noc")
    assert third.unsaved()[0] == Memory("telling", "i1", None)


def test_a_hand_over_while_the_daemon_was_down_is_told(clock: Any) -> None:
    one = Dispatch(TELLING, CHANNELS, SITE, clock)
    memories = [*one.tick().memories]
    clock.wall += 8 * 24 * HOUR
    assert ("mail", "listed") in told(restarted(memories, clock).tick())


def test_whoever_stood_in_is_not_shown_when_it_is_over(clock: Any) -> None:
    one = desk(clock)
    override = Override("karim", clock.now(), clock.now() + HOUR)
    one.duty.stand_in("on-call", override, "amina")
    assert one.duty.stands_in("on-call", clock.now()) == (override,)
    assert one.duty.stands_in("on-call", clock.now() + HOUR) == one.duty.stands_in("nobody", 0) == ()


def test_who_stands_in_is_told_and_it_is_a_fact_and_kept(base: Notice, clock: Any) -> None:
    one = desk(clock)
    one.duty.stand_in("on-call", Override("karim", clock.now(), clock.now() + HOUR), "amina")
    work = one.tick()
    assert told(work) == [("mail", "listed")]
    assert [(fact.kind, fact.body["change"]) for fact in work.facts if fact.kind is FactKind.ON_CALL] == [
        (FactKind.ON_CALL, "stand_in"), (FactKind.ON_CALL, "hand_over"),
    ]  # fmt: skip
    assert one(incident(base)) == ("mail",)
    assert restarted([*work.memories], clock)(incident(base)) == ("mail",)


@pytest.mark.parametrize(
    ("rota", "person", "length", "who", "why"),
    [
        ("nobody", "karim", HOUR, "a", "there is no rota 'nobody'; known: on-call"),
        ("on-call", "salma", HOUR, "a", "there is nobody 'salma'; known: amina, karim"),
        ("on-call", "karim", HOUR, " ", "say who you are"),
        ("on-call", "karim", -HOUR, "a", "over already"),
        ("on-call", "karim", 63 * 24 * HOUR, "a", "longer than 62 days"),
    ],
)
def test_what_makes_no_sense_is_refused(
    rota: str, person: str, length: float, who: str, why: str, clock: Any
) -> None:
    one = desk(clock)
    with pytest.raises(DutyRefused, match=why):
        one.duty.stand_in(rota, Override(person, clock.now(), clock.now() + length), who)
    assert one.tick() == Work()


def test_a_name_that_leads_nowhere_is_told_to_every_channel(base: Notice, clock: Any) -> None:
    """Silence that nobody chose is worse than a message too many."""
    assert desk(clock, channels=("mail", "noc"))(incident(base)) == ("mail", "noc")


def test_what_was_told_before_anybody_kept_record_ends_everywhere(base: Notice, clock: Any) -> None:
    assert desk(clock)(replace(incident(base), kind=NoticeKind.CLEARED)) == CHANNELS


def test_what_a_channel_did_not_bear_is_told_after_a_restart_also_without_a_limit(
    base: Notice, clock: Any
) -> None:
    """Pains: H2."""
    limited = Telling(limits={"noc": Limit(1, 600.0)})
    one = desk(clock, limited)
    before = list(one.unsaved())
    assert one(incident(base, "i1", Severity.MINOR)) == CHANNELS
    assert one(incident(base, "i2", Severity.MINOR)) == ("sms", "mail")
    before += one.unsaved()
    for telling in (limited, Telling()):
        again = restarted(before, clock, telling)
        assert told(again.tick()) == [("noc", "listed")]
        assert told(again.tick()) == []
        assert again(incident(base, "i2", Severity.MINOR, kind=NoticeKind.CLEARED)) == ("sms", "mail", "noc")


async def test_the_ledger_knows_of_what_is_told_because_time_goes_on(
    base: Notice, clock: Any, opened: Callable[[], Store], tmp_path: Path
) -> None:
    """Pains: K1."""
    one, store = desk(clock), opened()
    one(incident(base))
    clock.wall += 600
    await store.commit(one.tick())
    await store.commit(one.announce(incident(base, "w1", subject=Subject.WORK, kind=NoticeKind.ANNOUNCED)))
    one(incident(base, "i2", Severity.MINOR))
    clock.wall += 24 * HOUR
    await store.commit(one.tick())
    kinds = {entry.kind for entry in store.facts(limit=100)}
    assert {FactKind.REMINDER, FactKind.MAINTENANCE, FactKind.SUMMARY} <= kinds
    assert verify(tmp_path / "state").faults == ()


def test_what_is_muted_as_a_whole_is_told_to_nobody_else_until_it_is_not(base: Notice, clock: Any) -> None:
    """Pains: F7, H3."""
    one = desk(clock)
    assert one(incident(base)) == ("sms",)
    kept = list(one.unsaved())
    clock.wall += 600
    held = one.tick(muted=lambda key: key == "i1")
    assert held.outbox == ()
    again = restarted([*kept, *held.memories], clock)
    for each in (one, again):
        assert told(each.tick(muted=lambda key: key == "i1")) == []
        assert told(each.tick()) == [("sms", "reminded")], "the first step, again"


def test_an_update_that_says_so_takes_the_place_of_that_reminder(base: Notice, clock: Any) -> None:
    one = desk(clock)
    one(incident(base))
    clock.wall += 600
    assert one.tick(muted=lambda _key: True).outbox == ()
    assert one(incident(base, kind=NoticeKind.UPDATED, why="unmuted", at=clock.now())) == ("sms",)
    assert one.tick().outbox == ()
