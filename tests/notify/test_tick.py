"""Channels with work beside their messages: what stands is told them again, also after a restart; and trials."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from dcim.alerts import Change, ChangeKind
from dcim.notify import (
    Delivered,
    Letter,
    Patience,
    Postman,
    RetryAfter,
    Silence,
    Site,
    Ticked,
    Verdict,
    record,
    trial,
)
from dcim.store import Store, Work, verify

Changes = Callable[..., Change]
NOON = 1_764_072_000.0


@dataclass
class Repeats:
    """A channel that ticks once a minute."""

    ticks: list[list[str]] = field(default_factory=list)
    answers: list[Ticked] = field(default_factory=list)
    verdicts: list[Verdict] = field(default_factory=list)
    every: float = 60.0
    keeps_state: bool = True

    async def send(self, letter: Letter) -> Verdict:
        return self.verdicts.pop(0) if self.verdicts else Delivered()

    async def tick(self, standing: Sequence[Letter]) -> Ticked:
        self.ticks.append(sorted(letter.notice.asset for letter in standing))
        if not self.answers:
            return Ticked()
        return self.answers.pop(0)

    async def aclose(self) -> None:
        return None


def postman(store: Store, channel: Repeats, clock: object) -> Postman:
    return Postman(store, {"am": channel}, clock, Patience(jitter=0.0), lambda: 0.0)  # type: ignore[arg-type]


async def tell(store: Store, site: Site, *changes: Change) -> None:
    await store.commit(record(changes, site, ["am"]))


async def test_what_was_delivered_and_is_not_over_stands_also_after_a_restart(
    opened: Callable[[], Store], clock: object, change: Changes, site: Site
) -> None:
    """Pains: H2."""
    store, channel = opened(), Repeats()
    man = postman(store, channel, clock)
    await tell(store, site, change(asset="ups-a"), change(asset="ups-b"))
    await man.deliver_due()
    await tell(store, site, change(ChangeKind.CLEARED, "ups-a", at=NOON + 5))
    channel.verdicts = [RetryAfter("down", 500.0)]
    clock.wall += 60.0  # type: ignore[attr-defined]
    await man.deliver_due()
    store = opened()
    again = Repeats()
    man = postman(store, again, clock)
    await man.deliver_due()
    clock.wall += 600.0  # type: ignore[attr-defined]
    await man.deliver_due()
    clock.wall += 60.0  # type: ignore[attr-defined]
    await man.deliver_due()
    # what the far side was not told of as over stands there still
    assert channel.ticks == [[], ["ups-a", "ups-b"]]
    assert again.ticks == [["ups-a", "ups-b"], ["ups-a", "ups-b"], ["ups-b"]]


async def test_a_tick_that_fails_shows_and_its_silences_are_kept(
    opened: Callable[[], Store], clock: object
) -> None:
    silence = Silence("s", "Amina", "works", NOON + 60, "", ("k",))
    channel = Repeats(answers=[Ticked(Delivered(), silences=(silence,)), Ticked(RetryAfter("down"))])
    man = postman(opened(), channel, clock)
    await man.deliver_due()
    assert (man.counts["am"].silences, man.counts["am"].failing_since) == ((silence,), None)
    clock.wall += 60.0  # type: ignore[attr-defined]
    await man.deliver_due()
    counts = man.counts["am"]
    assert (counts.silences, counts.failing_since, counts.why) == ((silence,), NOON + 60, "down")


async def test_a_tick_that_works_says_nothing_of_a_message_that_is_not_taken(
    opened: Callable[[], Store], clock: object, change: Changes, site: Site
) -> None:
    """A modem that reads texts while the network takes none of ours (no credit) fails, for as long. Pains: H1."""
    store = opened()
    channel = Repeats(answers=[Ticked(Delivered())] * 20, verdicts=[RetryAfter("no network")] * 5)
    man = postman(store, channel, clock)
    await tell(store, site, change())
    for _ in range(120):
        await man.deliver_due()
        assert (man.counts["am"].failing_since is None) is bool(man.counts["am"].delivered)
        clock.wall += 1.0  # type: ignore[attr-defined]
    assert man.counts["am"].delivered == 1


async def test_a_tick_that_works_again_lets_what_waits_come_at_once(
    opened: Callable[[], Store], clock: object, change: Changes, site: Site
) -> None:
    store = opened()
    channel = Repeats(
        answers=[Ticked(RetryAfter("down"))] * 10 + [Ticked(Delivered())], verdicts=[RetryAfter("down")] * 9
    )
    man = postman(store, channel, clock)
    await tell(store, site, change())
    while channel.answers:
        await man.deliver_due()
        clock.wall += 1.0  # type: ignore[attr-defined]
    for _ in range(16):
        await man.deliver_due()
        clock.wall += 1.0  # type: ignore[attr-defined]
    assert (man.counts["am"].delivered, man.counts["am"].failing_since) == (1, None)


async def test_a_bug_in_a_tick_ends_no_delivery(
    opened: Callable[[], Store], clock: object, change: Changes, site: Site
) -> None:
    class Buggy(Repeats):
        async def tick(self, standing: Sequence[Letter]) -> Ticked:
            raise RuntimeError("hunter2")

    store, channel = opened(), Buggy()
    await tell(store, site, change())
    man = postman(store, channel, clock)
    await man.deliver_due()
    assert man.counts["am"].delivered == 1
    assert "hunter2" not in man.counts["am"].why


async def test_a_trial_goes_the_way_of_an_alert_and_the_ledger_knows_it(
    opened: Callable[[], Store], clock: object, site: Site, tmp_path: object
) -> None:
    """Pains: H1."""
    store, channel = opened(), Repeats()
    await store.commit(trial(site, "am", channel, NOON))
    man = postman(store, channel, clock)
    clock.wall = NOON + 3  # type: ignore[attr-defined]
    await man.deliver_due()
    assert {str(one.state) for one in store.outbox()} == {"delivered"}
    assert (man.counts["am"].delivered, man.counts["am"].tested_at) == (2, NOON + 3)
    assert verify(tmp_path / "state").faults == ()  # type: ignore[operator]
    man = postman(opened(), channel, clock)
    await man.deliver_due()
    assert (man.counts["am"].delivered_at, man.counts["am"].tested_at) == (NOON + 3, NOON + 3)
    assert channel.ticks[-1] == []


async def test_a_message_that_no_fact_tells_of_is_still_found(
    opened: Callable[[], Store], site: Site, tmp_path: object
) -> None:
    store = opened()
    await store.commit(Work(outbox=trial(site, "am", Repeats(), NOON).outbox))
    assert len(verify(tmp_path / "state").faults) == 2  # type: ignore[operator]


async def test_a_heartbeat_that_is_heard_is_no_untried_channel(
    opened: Callable[[], Store], clock: object
) -> None:
    """`dcim status` said "untried, nothing delivered yet" of one whose beats went out every ten seconds."""
    channel = Repeats()
    man = postman(opened(), channel, clock)
    channel.answers = [Ticked(Delivered())]
    await man.deliver_due()
    assert man.counts["am"].delivered_at is None  # a channel for messages has delivered none by that
    beats = Repeats()
    beats.tells = False  # type: ignore[attr-defined]
    man = postman(opened(), beats, clock)
    beats.answers = [Ticked(Delivered())]
    await man.deliver_due()
    assert man.counts["am"].delivered_at == NOON
