"""The outbox worker over the real store: at least once, in order, apart, and never silently lost."""

import asyncio
import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from dcim.alerts import Change, ChangeKind
from dcim.model import Severity
from dcim.model.fact import FactKind
from dcim.notify import (
    Channel,
    Delivered,
    Letter,
    Patience,
    Postman,
    RefusedForGood,
    RetryAfter,
    Site,
    Verdict,
    record,
)
from dcim.store import MessageState, Queued, Receipt, Store, StoreFull, Work, WorkRefused
from tests.waiting import until_it

RAISED, CLEARED = ChangeKind.RAISED, ChangeKind.CLEARED
NOON = 1_764_072_000.0
CALM = Patience(jitter=0.0)

Stores = Callable[[], Store]
Changes = Callable[..., Change]


@pytest.fixture
def postman(clock: object) -> Callable[..., Postman]:
    def make(store: object, patience: Patience = CALM, **channels: Channel) -> Postman:
        return Postman(store, channels, clock, patience, lambda: 0.0)  # type: ignore[arg-type]

    return make


async def tell(store: Store, site: Site, *changes: Change, to: Sequence[str] = ("mail",)) -> None:
    await store.commit(record(changes, site, to))


def states(store: Store) -> dict[int, str]:
    return {queued.id: str(queued.state) for queued in reversed(store.outbox())}


def deliveries(store: Store) -> list[dict[str, object]]:
    return [json.loads(entry.body) for entry in store.facts(kinds=[FactKind.DELIVERY])]


async def test_a_message_is_sent_once_and_settled_as_a_fact(
    opened: Stores, postman: Callable[..., Postman], told_channel: type, change: Changes, site: Site
) -> None:
    store, mail = opened(), told_channel()
    await tell(store, site, change())
    man = postman(store, mail=mail)
    await man.deliver_due()
    await man.deliver_due()
    assert len(mail.letters) == 1
    assert states(store) == {1: "delivered"}
    (fact,) = deliveries(store)
    assert (fact["outcome"], fact["channel"], fact["message_id"]) == ("delivered", "mail", mail.ids[0])
    counts = man.counts["mail"]
    assert (counts.delivered, counts.delivered_at, counts.failing_since) == (1, NOON, None)


async def test_only_delivered_counts_as_sent(
    opened: Stores,
    postman: Callable[..., Postman],
    told_channel: type,
    change: Changes,
    site: Site,
    clock: object,
) -> None:
    """Pains: H2."""
    store, mail = opened(), told_channel([RetryAfter("HTTP 500"), RetryAfter("HTTP 503", 30.0)])
    await tell(store, site, change())
    man = postman(store, mail=mail)
    for wall, sent, state in [
        (NOON, 1, "pending"),
        (NOON + 1.9, 1, "pending"),
        (NOON + 2, 2, "pending"),
        (NOON + 31, 2, "pending"),
        (NOON + 32, 3, "delivered"),
    ]:
        clock.wall = wall  # type: ignore[attr-defined]
        await man.deliver_due()
        assert (len(mail.letters), states(store)) == (sent, {1: state})
    assert len(set(mail.ids)) == 1
    assert (man.counts["mail"].retried, man.counts["mail"].delivered, man.counts["mail"].why) == (2, 1, "")


async def test_a_failing_channel_says_since_when_and_why(
    opened: Stores,
    postman: Callable[..., Postman],
    told_channel: type,
    change: Changes,
    site: Site,
    clock: object,
) -> None:
    store, mail = opened(), told_channel([RetryAfter("no answer"), RetryAfter("HTTP 500")])
    await tell(store, site, change())
    man = postman(store, mail=mail)
    await man.deliver_due()
    clock.wall += 5.0  # type: ignore[attr-defined]
    await man.deliver_due()
    assert (man.counts["mail"].failing_since, man.counts["mail"].why) == (NOON, "HTTP 500")


async def test_a_refusal_is_final_and_a_fact(
    opened: Stores, postman: Callable[..., Postman], told_channel: type, change: Changes, site: Site
) -> None:
    store, mail = opened(), told_channel([RefusedForGood("HTTP 400: no")])
    await tell(store, site, change())
    man = postman(store, mail=mail)
    await man.deliver_due()
    await man.deliver_due()
    assert (len(mail.letters), states(store)) == (1, {1: "refused"})
    assert (deliveries(store)[0]["outcome"], deliveries(store)[0]["note"]) == ("refused", "HTTP 400: no")
    assert man.counts["mail"].refused == 1


async def test_a_clearance_never_goes_before_its_raise(
    opened: Stores,
    postman: Callable[..., Postman],
    told_channel: type,
    change: Changes,
    site: Site,
    clock: object,
) -> None:
    store, mail = opened(), told_channel([RetryAfter("down"), RetryAfter("down")])
    await tell(store, site, change(), change(asset="ups-b"))
    man = postman(store, mail=mail)
    await man.deliver_due()
    await tell(store, site, change(CLEARED, at=NOON + 1), change(RAISED, raised_at=NOON + 1.5))
    clock.wall = NOON + 1.6  # type: ignore[attr-defined]
    await man.deliver_due()
    assert [letter.notice.kind for letter in mail.letters] == [RAISED, RAISED]
    clock.wall = NOON + 2  # type: ignore[attr-defined]
    await man.deliver_due()
    mine = [letter.notice for letter in mail.letters[2:] if letter.notice.asset == "ups-a"]
    assert [(said.kind, said.raised_at) for said in mine] == [
        (RAISED, NOON),
        (CLEARED, NOON),
        (RAISED, NOON + 1.5),
    ]


async def test_the_order_is_kept_over_a_restart(
    opened: Stores,
    postman: Callable[..., Postman],
    told_channel: type,
    change: Changes,
    site: Site,
    clock: object,
) -> None:
    store, mail = opened(), told_channel([RetryAfter("down", 60.0)])
    await tell(store, site, change())
    await postman(store, mail=mail).deliver_due()

    store = opened()
    await tell(store, site, change(CLEARED, at=NOON + 5))
    man = postman(store, mail=mail)
    clock.wall = NOON + 10  # type: ignore[attr-defined]
    await man.deliver_due()
    assert len(mail.letters) == 1
    clock.wall = NOON + 60  # type: ignore[attr-defined]
    await man.deliver_due()
    assert [letter.notice.kind for letter in mail.letters[1:]] == [RAISED, CLEARED]


async def test_a_refused_raise_lets_its_clearance_go(
    opened: Stores, postman: Callable[..., Postman], told_channel: type, change: Changes, site: Site
) -> None:
    store, mail = opened(), told_channel([RefusedForGood("no")])
    await tell(store, site, change(), change(CLEARED, at=NOON))
    await postman(store, mail=mail).deliver_due()
    assert states(store) == {1: "refused", 2: "delivered"}


async def test_killed_between_sending_and_noting_the_message_comes_twice_with_one_name(
    opened: Stores, postman: Callable[..., Postman], told_channel: type, change: Changes, site: Site
) -> None:
    """Pains: H2."""
    store, mail = opened(), told_channel()
    await tell(store, site, change())
    noting = asyncio.Event()

    class Killed(Store):
        def __init__(self) -> None: ...

        def __getattr__(self, name: str) -> object:
            return getattr(store, name)

        def due_outbox(self, now: float, limit: int = 100, channel: str | None = None) -> Sequence[Queued]:
            return store.due_outbox(now, limit, channel)

        def outbox(self, states: Sequence[MessageState] = (), limit: int = 1000) -> Sequence[Queued]:
            return store.outbox(states, limit)

        async def commit(self, work: Work) -> Receipt:
            noting.set()
            await asyncio.Event().wait()
            raise AssertionError

    first = asyncio.create_task(postman(Killed(), mail=mail).run())
    await noting.wait()
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first

    store = opened()
    await postman(store, mail=mail).deliver_due()
    assert len(mail.letters) == 2
    assert len(set(mail.ids)) == 1
    assert len({letter.dedup_key for letter in mail.letters}) == 1
    assert states(store) == {1: "delivered"}


async def test_a_hanging_channel_delays_no_other(
    opened: Stores, postman: Callable[..., Postman], told_channel: type, change: Changes, site: Site
) -> None:
    store, mail, hook = opened(), told_channel(gate=asyncio.Event()), told_channel()
    await tell(store, site, change(), change(asset="ups-b"), to=["mail", "hook"])
    man = postman(store, mail=mail, hook=hook)
    running = asyncio.create_task(man.run())
    await until_it(
        lambda: man.counts["hook"].delivered >= 2 and len(mail.letters) >= 2,
        "the one is told of both and the other was handed them",
    )
    await tell(store, site, change(CLEARED, at=NOON), to=["mail", "hook"])
    man.wake()
    await until_it(lambda: man.counts["hook"].delivered >= 3, "the one is told of the end too")
    assert man.counts["mail"].delivered == 0
    mail.gate.set()
    await until_it(lambda: set(states(store).values()) == {"delivered"}, "all are delivered")
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert man.counts["mail"].delivered == 3


async def test_one_alert_that_is_refused_for_now_delays_no_other_alert(
    opened: Stores, postman: Callable[..., Postman], told_channel: type, change: Changes, site: Site
) -> None:
    class Picky(told_channel):  # type: ignore[misc, valid-type]
        async def send(self, letter: Letter) -> Verdict:
            await super().send(letter)
            return RetryAfter("not this one") if letter.notice.asset == "ups-a" else told

    told = await told_channel().send(None)
    store, mail = opened(), Picky()
    await tell(store, site, *(change(asset=f"ups-{name}") for name in "abcdefgh"))
    await postman(store, mail=mail).deliver_due()
    assert sorted(states(store).values()) == ["delivered"] * 7 + ["pending"]


async def test_a_bug_in_a_channel_costs_no_message(
    opened: Stores,
    postman: Callable[..., Postman],
    told_channel: type,
    change: Changes,
    site: Site,
    clock: object,
) -> None:
    class Buggy(told_channel):  # type: ignore[misc, valid-type]
        async def send(self, letter: Letter) -> Verdict:
            verdict: Verdict = await super().send(letter)
            if len(self.letters) == 1:
                msg = "hunter2"
                raise RuntimeError(msg)
            return verdict

    store, mail = opened(), Buggy()
    await tell(store, site, change())
    man = postman(store, mail=mail)
    await man.deliver_due()
    assert man.counts["mail"].why.startswith("bug in the channel: RuntimeError at test_postman.py:")
    assert "hunter2" not in man.counts["mail"].why
    clock.wall += 2.0  # type: ignore[attr-defined]
    await man.deliver_due()
    assert states(store) == {1: "delivered"}


async def test_giving_up_takes_both_age_and_tries_and_is_a_fact(
    opened: Stores,
    postman: Callable[..., Postman],
    told_channel: type,
    change: Changes,
    site: Site,
    clock: object,
) -> None:
    store, mail = opened(), told_channel([RetryAfter("down")] * 10)
    await tell(store, site, change())
    man = postman(store, Patience(jitter=0.0, lasts=60.0, tries=3), mail=mail)
    for _ in range(3):
        clock.wall += 3600.0  # type: ignore[attr-defined]
        await man.deliver_due()
    assert states(store) == {1: "pending"}
    clock.wall += 3600.0  # type: ignore[attr-defined]
    await man.deliver_due()
    assert (len(mail.letters), states(store)) == (3, {1: "dropped"})
    assert (deliveries(store)[0]["outcome"], deliveries(store)[0]["note"]) == (
        "dropped",
        "given up; last: down",
    )
    assert man.counts["mail"].dropped == 1


async def test_messages_of_a_channel_that_is_gone_are_given_up_as_facts(
    opened: Stores, postman: Callable[..., Postman], told_channel: type, change: Changes, site: Site
) -> None:
    store, mail = opened(), told_channel()
    await tell(store, site, change(), to=["pager", "mail"])
    await postman(store, mail=mail).deliver_due()
    assert states(store) == {1: "dropped", 2: "delivered"}
    assert deliveries(store)[0]["note"] == "the channel is no longer in the configuration"


async def test_a_clock_set_back_does_not_hold_a_message(
    opened: Stores,
    postman: Callable[..., Postman],
    told_channel: type,
    change: Changes,
    site: Site,
    clock: object,
) -> None:
    store, mail = opened(), told_channel()
    await tell(store, site, change())
    clock.wall = NOON - 86400.0  # type: ignore[attr-defined]
    await postman(store, mail=mail).deliver_due()
    assert len(mail.letters) == 1


async def test_a_stored_message_that_cannot_be_read_is_refused_and_stops_nothing(
    opened: Stores, postman: Callable[..., Postman], told_channel: type, change: Changes, site: Site
) -> None:
    store, mail = opened(), told_channel()
    work = record([change(), change(asset="ups-b")], site, ["mail"])
    broken = type(work.outbox[0])("mail", "k", "<old@x.dcim>", {"format": 0}, created=NOON, due=NOON)
    await store.commit(Work(outbox=(broken, *work.outbox)))
    await postman(store, mail=mail).deliver_due()
    assert states(store) == {1: "refused", 2: "delivered", 3: "delivered"}


async def test_a_full_disk_holds_the_result_until_it_can_be_kept(
    opened: Stores, postman: Callable[..., Postman], told_channel: type, change: Changes, site: Site
) -> None:
    store, mail = opened(), told_channel()
    await tell(store, site, change())
    full = [StoreFull("no space")]
    commit = store.commit

    class Full:
        due_outbox, outbox, delivered_at = store.due_outbox, store.outbox, store.delivered_at

        async def commit(self, work: Work) -> Receipt:
            if full:
                raise full.pop()
            return await commit(work)

    await postman(Full(), mail=mail).deliver_due()
    assert (len(mail.letters), states(store)) == (1, {1: "delivered"})


async def test_a_result_that_the_store_refuses_stops_nothing(
    opened: Stores, postman: Callable[..., Postman], told_channel: type, change: Changes, site: Site
) -> None:
    store, mail = opened(), told_channel()
    await tell(store, site, change(), change(asset="ups-b"))
    commit = store.commit

    class Refuses:
        due_outbox, outbox, delivered_at = store.due_outbox, store.outbox, store.delivered_at

        async def commit(self, work: Work) -> Receipt:
            if work.delivered[0].id == 1:
                raise WorkRefused("not this one")
            return await commit(work)

    man = postman(Refuses(), mail=mail)
    await man.deliver_due()
    await man.deliver_due()
    assert (len(mail.letters), states(store)) == (2, {1: "pending", 2: "delivered"})


async def test_what_a_far_side_says_is_kept_whole_characters_only(
    opened: Stores, postman: Callable[..., Postman], told_channel: type, change: Changes, site: Site
) -> None:
    store, mail = opened(), told_channel([RefusedForGood("bad \udcff" + "x" * 5000)])
    await tell(store, site, change())
    await postman(store, mail=mail).deliver_due()
    assert deliveries(store)[0]["note"] == "bad " + "x" * 495


@pytest.mark.parametrize("verdict", [RetryAfter, RefusedForGood, Delivered])
async def test_what_a_far_side_says_moves_no_cursor_and_turns_no_text(
    opened: Stores,
    postman: Callable[..., Postman],
    told_channel: type,
    change: Changes,
    site: Site,
    verdict: Any,
) -> None:
    store, mail = opened(), told_channel([verdict("no\x1b[2J\r\n\u202emay\x9bbe")])
    await tell(store, site, change())
    man = postman(store, mail=mail)
    await man.deliver_due()
    assert man.counts["mail"].why == "no [2J  may be"


async def test_a_channel_that_failed_before_a_restart_does_not_work_after_it(
    opened: Stores,
    postman: Callable[..., Postman],
    told_channel: type,
    change: Changes,
    site: Site,
    clock: Any,
) -> None:
    store, mail = opened(), told_channel([Delivered(), RetryAfter("down", 600.0)])
    await tell(store, site, change(asset="ups-b"))
    await postman(store, mail=mail).deliver_due()
    clock.wall += 10
    await tell(store, site, change(raised_at=NOON + 10))
    await postman(store, mail=mail).deliver_due()

    man = postman(opened(), mail=mail)
    clock.wall += 10
    await man.deliver_due()
    counts = man.counts["mail"]
    assert (counts.delivered_at, counts.failing_since, counts.why) == (NOON, NOON + 10, "down")


async def failing(
    store: Store, man: Postman, site: Site, clock: Any, *changes: Change, seconds: int = 600, step: int = 1
) -> None:
    """Let messages wait for a channel that takes nothing for a while; ``step``: seconds between two looks."""
    await tell(store, site, *changes)
    for _ in range(seconds // step):
        await man.deliver_due()
        clock.wall += step


class Away(list[Verdict]):
    """Verdicts of a far side that is away until ``back``; then everything is taken."""

    back = False

    def __bool__(self) -> bool:
        return not self.back

    def pop(self, _place: Any = 0) -> Verdict:
        return RetryAfter("down")


async def test_once_a_channel_takes_one_message_all_that_wait_follow_at_once_the_worst_first(
    opened: Stores,
    postman: Callable[..., Postman],
    told_channel: type,
    change: Changes,
    site: Site,
    clock: Any,
) -> None:
    """A page that was tried longest has the longest back-off, and must not wait it out behind younger ones. Pains: H2."""
    store, away = opened(), Away()
    mail = told_channel(away)
    man = postman(store, mail=mail)
    await failing(store, man, site, clock, change(asset="ups-a"), change(asset="ups-c"))
    await tell(store, site, change(CLEARED, asset="ups-a", at=clock.wall))
    await failing(store, man, site, clock, seconds=30)
    assert man.counts["mail"].delivered == 0
    away.back = True
    await tell(store, site, change(asset="ups-b", raised_at=clock.wall, at=clock.wall))
    for _ in range(16):  # none is tried twice within a moment
        await man.deliver_due()
        clock.wall += 1.0
    assert set(states(store).values()) == {"delivered"}
    taken = [(letter.notice.asset, letter.notice.kind) for letter in mail.letters[-4:]]
    assert taken[0] == ("ups-b", RAISED)
    assert taken.index(("ups-a", RAISED)) < taken.index(("ups-a", CLEARED))


async def test_a_channel_that_is_away_is_tried_every_minute_by_one_message_and_not_by_all(
    opened: Stores,
    postman: Callable[..., Postman],
    told_channel: type,
    change: Changes,
    site: Site,
    clock: Any,
) -> None:
    store, away = opened(), Away()
    mail = told_channel(away)
    man = postman(store, mail=mail)
    many = [change(asset=f"ups-{number}") for number in range(20)]
    await failing(store, man, site, clock, *many, seconds=3600, step=10)
    before = len(mail.letters)
    await failing(store, man, site, clock, seconds=1800, step=10)
    assert 30 - 1 <= len(mail.letters) - before <= 30 + 20 * 1800 // 600
    away.back = True
    waited = clock.wall
    while "pending" in states(store).values():
        await man.deliver_due()
        clock.wall += 1.0
    assert clock.wall - waited <= 60.0 + 15.0 + 1.0


async def test_what_the_far_side_asked_for_is_kept_also_once_it_takes_another(
    opened: Stores,
    postman: Callable[..., Postman],
    told_channel: type,
    change: Changes,
    site: Site,
    clock: Any,
) -> None:
    store, mail = opened(), told_channel([RetryAfter("HTTP 429", 300.0)])
    man = postman(store, mail=mail)
    await failing(store, man, site, clock, change(), seconds=10)
    await tell(store, site, change(asset="ups-b"))
    await man.deliver_due()
    assert (len(mail.letters), states(store)) == (2, {1: "pending", 2: "delivered"})
    clock.wall = NOON + 299.0
    await man.deliver_due()
    assert len(mail.letters) == 2
    clock.wall = NOON + 300.0
    await man.deliver_due()
    assert states(store)[1] == "delivered"


async def test_of_what_waits_the_worst_goes_first(
    opened: Stores,
    postman: Callable[..., Postman],
    told_channel: type,
    change: Changes,
    site: Site,
) -> None:
    store, mail = opened(), told_channel()
    mild = [change(asset=f"ups-{number}", severity=Severity.MINOR) for number in range(8)]
    await tell(store, site, *mild, change(asset="ups-x", severity=Severity.CRITICAL))
    await postman(store, mail=mail).deliver_due()
    assert [letter.notice.asset for letter in mail.letters] == ["ups-x", *(f"ups-{n}" for n in range(8))]


async def test_closing_closes_every_channel(
    opened: Stores, postman: Callable[..., Postman], told_channel: type
) -> None:
    mail, hook = told_channel(), told_channel()
    await postman(opened(), mail=mail, hook=hook).aclose()
    assert (mail.closed, hook.closed) == (True, True)
