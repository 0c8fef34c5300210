from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Sequence
from typing import Any

from dcim.collect import Ask, Collected
from dcim.model import BadAnswer, Lane, NoAnswer, Refused
from dcim.poll import Pace, Polled, Poller, Presence, Reach
from dcim.poll.polled import AT_A_TURN

from .conftest import EarlyLoop


async def nothing(ask: Ask) -> Collected:
    await asyncio.sleep(ask.deadline - asyncio.get_running_loop().time())
    raise NoAnswer("nothing came back")


def poller(scripted: Any, clock: Any, out: list[Polled], **pace: Any) -> Poller:
    def bug(asset: Any, error: Exception) -> None:
        out.append(error)  # type: ignore[arg-type]

    return Poller({"scripted": scripted}, out.append, clock, Pace(**pace), bug)


def test_every_device_is_asked_on_its_own_beat(
    run_virtual: Callable[..., Any], scripted: Any, clock: Any, device: Any
) -> None:
    """Pains: B5, D2."""
    out: list[Polled] = []

    async def story() -> None:
        loop = poller(scripted, clock, out)
        loop.start([device("a"), device("b", 5.0)])
        await asyncio.sleep(100)
        await loop.aclose()

    run_virtual(story())
    a, b = scripted.times("a"), scripted.times("b")
    assert len(a) == 10
    assert len(b) == 20
    assert all(abs((later - earlier) - 10) < 1e-6 for earlier, later in itertools.pairwise(a))
    assert all(polled.late <= 0.101 for polled in out)  # beats wait that long for each other


def test_a_device_that_hangs_costs_only_its_own_beats(
    run_virtual: Callable[..., Any], scripted: Any, clock: Any, device: Any
) -> None:
    """Pains: D1, D3."""
    out: list[Polled] = []

    async def forever(ask: Ask) -> Collected:
        await asyncio.sleep(1e9)
        return Collected()

    async def story() -> Poller:
        loop = poller(scripted, clock, out)
        scripted.behaviour["bad"] = forever
        loop.start([device("bad"), *(device(f"good-{n}") for n in range(50))])
        await asyncio.sleep(101)
        await loop.aclose()
        return loop

    loop = run_virtual(story())
    for n in range(50):
        assert len(scripted.times(f"good-{n}")) >= 10
    bad = [polled for polled in out if polled.asset.id == "bad"]
    assert bad
    assert all(polled.presence.reach is Reach.SILENT for polled in bad)
    assert loop.counts.overruns >= 2


def test_a_silent_device_gets_one_cheap_question_a_beat_and_everything_when_it_is_back(
    run_virtual: Callable[..., Any], scripted: Any, clock: Any, device: Any
) -> None:
    """Pains: D3, C6."""
    out: list[Polled] = []

    async def story() -> None:
        loop = poller(scripted, clock, out)
        scripted.behaviour["x"] = nothing
        loop.start([device("x")])
        await asyncio.sleep(60)
        del scripted.behaviour["x"]
        await asyncio.sleep(20)
        await loop.aclose()

    run_virtual(story())
    asks = scripted.asks("x")
    assert [ask.cheap for ask in asks[:5]] == [False, False, True, True, True]
    first_full = next(n for n, ask in enumerate(asks) if n > 2 and not ask.cheap)
    assert asks[first_full - 1].cheap
    assert asks[first_full].lanes == frozenset(Lane)
    assert scripted.times("x")[first_full] == scripted.times("x")[first_full - 1]


def test_a_device_that_sends_garbage_between_silences_counts_as_silent_all_the_same(
    run_virtual: Callable[..., Any], scripted: Any, clock: Any, device: Any
) -> None:
    """Pains: D3, E5. Else it would cost a whole poll with all its timeouts for ever."""
    out: list[Polled] = []
    turns = itertools.count()

    async def garbage_or_nothing(ask: Ask) -> Collected:
        if next(turns) % 2:
            raise BadAnswer("twelve bytes of noise")
        return await nothing(ask)

    async def story() -> None:
        loop = poller(scripted, clock, out)
        scripted.behaviour["x"] = garbage_or_nothing
        loop.start([device("x")])
        await asyncio.sleep(100)
        del scripted.behaviour["x"]
        await asyncio.sleep(20)
        await loop.aclose()

    run_virtual(story())
    asks = [ask.cheap for ask in scripted.asks("x")]
    assert asks[:3] == [False] * 3
    assert all(asks[3:10])
    assert out[-1].presence == Presence(Reach.ANSWERING, out[-1].presence.since)
    assert not asks[-1]


def test_a_silent_device_that_refuses_the_cheap_question_is_asked_in_full(
    run_virtual: Callable[..., Any], scripted: Any, clock: Any, device: Any
) -> None:
    """Pains: D3. A view that hides the clock of the agent must not hide all the rest of it."""
    out: list[Polled] = []
    until = 35.0

    async def hides_the_cheap_one(ask: Ask) -> Collected:
        if clock.monotonic() < until:
            return await nothing(ask)
        if ask.cheap:
            raise Refused("no access")
        return Collected()

    async def story() -> None:
        nonlocal until
        until += clock.monotonic()
        loop = poller(scripted, clock, out)
        scripted.behaviour["x"] = hides_the_cheap_one
        loop.start([device("x")])
        await asyncio.sleep(100)
        await loop.aclose()

    run_virtual(story())
    assert out[-1].presence.reach is Reach.ANSWERING


def test_three_hundred_dead_devices_change_nothing_for_the_living(
    run_virtual: Callable[..., Any], scripted: Any, clock: Any, device: Any
) -> None:
    """Pains: D1, D3."""
    out: list[Polled] = []

    async def story() -> Poller:
        loop = poller(scripted, clock, out)
        for n in range(300):
            scripted.behaviour[f"dead-{n}"] = nothing
        loop.start([device(f"{kind}-{n}") for n in range(300) for kind in ("dead", "live")])
        await asyncio.sleep(200.3)
        await loop.aclose()
        return loop

    run_virtual(story())
    for n in range(300):
        assert len(scripted.times(f"live-{n}")) in (20, 21)
    assert all(polled.late <= 0.251 for polled in out)  # beats wait that long for each other


def test_one_device_that_is_asked_often_has_no_beat_wait_longer_than_a_tenth_of_a_second(
    run_virtual: Callable[..., Any], scripted: Any, clock: Any, device: Any
) -> None:
    """Pains: D1."""
    out: list[Polled] = []

    async def story() -> None:
        loop = poller(scripted, clock, out)
        loop.start([device("often", interval=1.0), *(device(f"x-{n}") for n in range(100))])
        await asyncio.sleep(30)
        await loop.aclose()

    run_virtual(story())
    assert len(out) > 300
    assert max(polled.late for polled in out) <= 0.101


def test_devices_of_one_interval_wait_for_nobody(
    run_virtual: Callable[..., Any], scripted: Any, clock: Any, device: Any
) -> None:
    """Pains: D1."""
    out: list[Polled] = []

    async def story() -> None:
        loop = poller(scripted, clock, out)
        loop.start([device(f"x-{n}", interval=10.0) for n in range(300)])
        await asyncio.sleep(60)
        await loop.aclose()

    run_virtual(story())
    assert len(out) > 1500
    assert max(polled.late for polled in out[-1200:]) <= 0.002  # behind the first round, which is spread
    assert len({at for at, _, _ in scripted.asked[-1200:]}) <= 161  # forty moments an interval, four of them


def test_a_timer_that_rings_early_begins_no_poll_early_and_makes_none_late(
    scripted: Any, clock: Any, device: Any
) -> None:
    """Beats that wait for each other wait from a ring that began polls, not from one that found none due. Pains: D1."""
    out: list[Polled] = []

    async def story() -> None:
        loop = poller(scripted, clock, out)
        loop.start([device(f"x-{n}", interval=10.0) for n in range(40)])
        await asyncio.sleep(60)
        await loop.aclose()

    with asyncio.Runner(loop_factory=EarlyLoop) as runner:
        runner.run(story())
    later = out[-200:]  # behind the first round, which is spread
    assert len(out) > 200
    assert min(polled.late for polled in later) >= 0.0
    assert max(polled.late for polled in later) <= 0.002
    for number in range(40):
        beats = scripted.times(f"x-{number}")[1:]
        assert len(beats) >= 4
        assert all(abs(after - before - 10) < 0.2 for before, after in itertools.pairwise(beats))


def test_devices_never_asked_give_way_while_the_loop_is_behind_and_are_asked_all_the_same(
    run_virtual: Callable[..., Any], scripted: Any, clock: Any, device: Any
) -> None:
    """Pains: D2, D3. Finding out what a device has is dear: a start is spread as far as it takes."""
    out: list[Polled] = []
    names = [f"new-{n}" for n in range(100)]

    def dear(name: str) -> Callable[[Ask], Any]:
        async def first(ask: Ask) -> Collected:
            asyncio.get_running_loop().hold(1.0)  # type: ignore[attr-defined]
            del scripted.behaviour[name]
            return Collected()

        return first

    async def story() -> None:
        loop = poller(scripted, clock, out)
        loop.start([device("known")])
        await asyncio.sleep(20)
        scripted.behaviour.update({name: dear(name) for name in names})
        loop.start([device(name) for name in names])
        await asyncio.sleep(600)
        await loop.aclose()

    run_virtual(story())
    assert all(scripted.times(name) for name in names)
    assert max(polled.late for polled in out if polled.asset.id == "known") < 10


def test_a_refusal_is_a_reach_of_its_own_and_the_device_is_still_asked_in_full(
    run_virtual: Callable[..., Any], scripted: Any, clock: Any, device: Any
) -> None:
    out: list[Polled] = []

    async def refuse(ask: Ask) -> Collected:
        raise Refused("unknown user")

    async def story() -> None:
        loop = poller(scripted, clock, out)
        scripted.behaviour["x"] = refuse
        loop.start([device("x")])
        await asyncio.sleep(50)
        await loop.aclose()

    run_virtual(story())
    assert {polled.presence.reach for polled in out} == {Reach.REFUSED}
    assert not any(ask.cheap for ask in scripted.asks("x"))


def test_a_bug_in_a_collector_is_told_and_costs_one_poll(
    run_virtual: Callable[..., Any], scripted: Any, clock: Any, device: Any
) -> None:
    out: list[Any] = []

    async def bug(ask: Ask) -> Collected:
        return 1 / 0  # type: ignore[return-value]

    async def story() -> None:
        loop = poller(scripted, clock, out)
        scripted.behaviour["x"] = bug
        loop.start([device("x"), device("y")])
        await asyncio.sleep(30)
        await loop.aclose()

    run_virtual(story())
    assert any(isinstance(entry, ZeroDivisionError) for entry in out)
    reaches = {p.asset.id: p.presence.reach for p in out if isinstance(p, Polled)}
    assert reaches == {"x": Reach.UNKNOWN, "y": Reach.ANSWERING}


def test_ask_now_asks_at_once_and_once_more_when_a_poll_was_under_way(
    run_virtual: Callable[..., Any], scripted: Any, clock: Any, device: Any
) -> None:
    out: list[Polled] = []

    async def slow(ask: Ask) -> Collected:
        await asyncio.sleep(1)
        return Collected()

    async def story() -> list[float]:
        loop = poller(scripted, clock, out)
        scripted.behaviour["x"] = slow
        loop.start([device("x", 1000.0)])
        begun = asyncio.get_running_loop().time()
        loop.ask_now("x")
        loop.ask_now("nobody")
        await asyncio.sleep(0.5)
        loop.ask_now("x")
        await asyncio.sleep(5)
        assert loop.presence("x").reach is Reach.ANSWERING
        assert loop.presence("nobody").reach is Reach.UNKNOWN
        await loop.aclose()
        return [at - begun for at in scripted.times("x")]

    assert run_virtual(story()) == [0.0, 1.0]


def test_an_agent_that_restarted_counts_as_asked_in_every_lane(
    run_virtual: Callable[..., Any], scripted: Any, clock: Any, device: Any
) -> None:
    out: list[Polled] = []

    async def restarted(ask: Ask) -> Collected:
        return Collected(restarted=True)

    async def story() -> None:
        loop = poller(scripted, clock, out)
        scripted.behaviour["x"] = restarted
        loop.start([device("x")])
        await asyncio.sleep(40)
        await loop.aclose()

    run_virtual(story())
    assert [ask.lanes for ask in scripted.asks("x")][1:3] == [{Lane.FAST}, {Lane.FAST}]


def test_a_replaced_device_keeps_its_phase_and_a_removed_one_is_left_alone(
    run_virtual: Callable[..., Any], scripted: Any, clock: Any, device: Any
) -> None:
    """Pains: D6."""
    out: list[Polled] = []

    async def story() -> None:
        loop = poller(scripted, clock, out)
        loop.start([device("x"), device("y")])
        await asyncio.sleep(30)
        loop.add(device("x"))
        loop.remove("y")
        await asyncio.sleep(30)
        await loop.aclose()

    run_virtual(story())
    x = scripted.times("x")
    assert all(abs((later - earlier) - 10) < 1e-6 for earlier, later in itertools.pairwise(x))
    assert len(x) == 6
    assert len(scripted.times("y")) == 3


def test_a_beat_on_which_nothing_was_asked_says_nothing_about_the_device(
    run_virtual: Callable[..., Any], scripted: Any, clock: Any, device: Any
) -> None:
    """Pains: A4, D3: a device that rests is neither there nor gone, and what is due stays due."""
    out: list[Polled] = []

    async def rests(ask: Ask) -> Collected:
        return Collected(asked=False)

    async def dead(ask: Ask) -> Collected:
        raise NoAnswer("nothing came back")

    async def story() -> None:
        loop = poller(scripted, clock, out, misses=3)
        scripted.behaviour["x"] = rests
        loop.start([device("x")])
        await asyncio.sleep(20)
        assert loop.presence("x").reach is Reach.UNKNOWN
        scripted.behaviour["x"] = dead
        await asyncio.sleep(20)
        before = loop.presence("x")
        assert (before.reach, before.misses) == (Reach.SILENT, 2)
        scripted.behaviour["x"] = rests
        await asyncio.sleep(20)
        assert loop.presence("x") == before
        await loop.aclose()

    run_virtual(story())
    asks = scripted.asks("x")
    assert len(asks) == 6
    assert all(ask.lanes == frozenset(Lane) for ask in asks)
    assert [polled.presence.misses for polled in out] == [1, 2]


class Begins:
    """Offers polls without a task beside a scripted collector: outcomes by device, given when told."""

    def __init__(self, scripted: Any) -> None:
        self.scripted = scripted
        self.begun: list[tuple[str, Ask, Callable[[Any], None]]] = []
        self.offers = True

    def begin(self, asset: Any, ask: Ask, over: Callable[[Any], None]) -> bool:
        if self.offers:
            self.begun.append((asset.id, ask, over))
        return self.offers

    def __getattr__(self, name: str) -> Any:
        return getattr(self.scripted, name)


def test_a_poll_without_a_task_ends_as_one_with_a_task_does(
    run_virtual: Callable[..., Any], scripted: Any, clock: Any, device: Any
) -> None:
    out: list[Polled] = []

    async def story() -> None:
        begins = Begins(scripted)
        loop = poller(begins, clock, out)
        loop.start([device("x")])
        for outcome in (Collected(requests=1), NoAnswer("nothing"), RuntimeError("a bug"), Collected()):
            await asyncio.sleep(10.2)
            (_, ask, over) = begins.begun.pop()
            assert ask.deadline - asyncio.get_running_loop().time() <= 9.0
            over(outcome)
            over(Collected())  # twice: the second is nobody's
        await loop.aclose()

    run_virtual(story())
    assert not scripted.asked
    bugs = [one for one in out if isinstance(one, Exception)]
    polls = [one for one in out if isinstance(one, Polled)]
    assert [str(bug) for bug in bugs] == ["a bug"]
    assert [one.presence.reach for one in polls] == [
        Reach.ANSWERING,
        Reach.SILENT,
        Reach.UNKNOWN,
        Reach.ANSWERING,
    ]
    assert polls[0].collected is not None


def test_what_is_not_usual_and_what_cannot_be_begun_is_collected(
    run_virtual: Callable[..., Any], scripted: Any, clock: Any, device: Any
) -> None:
    out: list[Polled] = []

    async def story() -> None:
        begins = Begins(scripted)
        loop = poller(begins, clock, out)
        loop.start([device("x")])
        await asyncio.sleep(10.2)
        first_ask = begins.begun[0][1]
        begins.begun.pop()[2](None)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert scripted.asks("x")[0].deadline == first_ask.deadline  # both within one beat
        begins.offers = False
        await asyncio.sleep(10)
        await loop.aclose()

    run_virtual(story())
    assert len(scripted.times("x")) == len(out) == 2


def test_a_poll_without_a_task_that_never_ends_is_given_up(
    run_virtual: Callable[..., Any], scripted: Any, clock: Any, device: Any
) -> None:
    """Pains: D3."""
    out: list[Polled] = []

    async def story() -> Poller:
        begins = Begins(scripted)
        loop = poller(begins, clock, out)
        loop.start([device("x")])
        await asyncio.sleep(45)
        begins.begun[0][2](Collected())  # long after
        loop.remove("x")
        begins.begun[-1][2](Collected())
        await loop.aclose()
        return loop

    loop = run_virtual(story())
    assert loop.counts.overruns >= 2
    assert [one.presence.reach for one in out] == [Reach.SILENT]


def test_asking_now_during_a_poll_without_a_task_asks_again_after_it(
    run_virtual: Callable[..., Any], scripted: Any, clock: Any, device: Any
) -> None:
    out: list[Polled] = []

    async def story() -> int:
        begins = Begins(scripted)
        loop = poller(begins, clock, out)
        loop.start([device("x")])
        await asyncio.sleep(10.2)
        loop.ask_now("x")
        assert len(begins.begun) == 1
        begins.begun[0][2](Collected())
        await asyncio.sleep(0)  # the outcomes of a turn are settled in a row
        found = len(begins.begun)
        await loop.aclose()
        return found

    assert run_virtual(story()) == 2


def test_a_wish_during_a_poll_and_one_by_who_takes_its_outcome_are_one_poll(
    run_virtual: Callable[..., Any], scripted: Any, clock: Any, device: Any
) -> None:
    """Two polls of one device at once would be two questions, and the answers of one nobody's."""
    out: list[Polled] = []

    async def story() -> list[int]:
        begins = Begins(scripted)

        def take(polled: Polled) -> None:
            out.append(polled)
            if len(out) == 1:
                loop.ask_now("x")

        loop = Poller({"scripted": begins}, take, clock, Pace(), lambda _asset, _bug: None)
        loop.start([device("x")])
        await asyncio.sleep(10.2)
        loop.ask_now("x")
        begins.begun[0][2](Collected())
        await asyncio.sleep(0)  # the outcomes of a turn are settled in a row
        found = [len(begins.begun)]
        begins.begun[1][2](Collected())
        await asyncio.sleep(0)
        found.append(len(begins.begun))
        await loop.aclose()
        return found

    assert run_virtual(story()) == [2, 2]
    assert len(out) == 2


def test_polls_that_end_in_one_turn_pass_each_sink_together_and_a_bug_of_one_costs_no_other(
    run_virtual: Callable[..., Any], scripted: Any, clock: Any, device: Any
) -> None:
    seen: list[tuple[str, str]] = []
    bugs: list[tuple[str, str]] = []

    def first(polled: Polled) -> None:
        seen.append(("first", polled.asset.id))
        if polled.asset.id == "x":
            msg = "no place for x"
            raise ValueError(msg)

    def second(polled: Polled) -> None:
        seen.append(("second", polled.asset.id))

    async def story() -> None:
        begins = Begins(scripted)
        loop = Poller(
            {"scripted": begins},
            (first, second),
            clock,
            Pace(),
            lambda asset, bug: bugs.append((asset.id, str(bug))),
        )
        loop.start([device("x"), device("y")])
        await asyncio.sleep(10.2)
        for _, _, over in begins.begun:
            over(Collected())
        assert not seen
        await asyncio.sleep(0)
        await loop.aclose()

    run_virtual(story())
    names = [name for _, name in seen[:2]]
    assert sorted(names) == ["x", "y"]
    assert seen == [("first", names[0]), ("first", names[1]), ("second", names[0]), ("second", names[1])]
    assert bugs == [("x", "no place for x")]


def test_who_looks_ahead_is_shown_all_polls_of_a_turn_before_the_first_is_taken_and_stops_none(
    run_virtual: Callable[..., Any], scripted: Any, clock: Any, device: Any
) -> None:
    seen: list[str] = []
    bugs: list[str] = []

    def ahead(polls: Sequence[Polled]) -> None:
        seen.append(" ".join(sorted(polled.asset.id for polled in polls)))
        msg = "cannot see"
        raise ValueError(msg)

    async def story() -> None:
        begins = Begins(scripted)
        loop = Poller(
            {"scripted": begins},
            lambda polled: seen.append(polled.asset.id),
            clock,
            Pace(),
            lambda _asset, bug: bugs.append(str(bug)),
            ahead,
        )
        loop.start([device("x"), device("y")])
        await asyncio.sleep(10.2)
        for _, _, over in begins.begun:
            over(Collected())
        await asyncio.sleep(0)
        await loop.aclose()

    run_virtual(story())
    assert (seen[0], sorted(seen[1:])) == ("x y", ["x", "y"])
    assert bugs == ["cannot see"]


def test_who_looks_after_a_turn_is_shown_all_its_polls_once_they_are_taken_and_no_turn_takes_too_many(
    run_virtual: Callable[..., Any], scripted: Any, clock: Any, device: Any
) -> None:
    number = AT_A_TURN + 5
    seen: list[str] = []
    bugs: list[str] = []

    def after(polls: Sequence[Polled]) -> None:
        seen.append(f"after {len(polls)}")
        msg = "cannot see"
        raise ValueError(msg)

    async def story() -> None:
        begins = Begins(scripted)
        loop = Poller(
            {"scripted": begins},
            lambda polled: seen.append(polled.asset.id),
            clock,
            Pace(),
            lambda _asset, bug: bugs.append(str(bug)),
        )
        loop.after = after
        loop.start([device(f"x{at}") for at in range(number)])
        await asyncio.sleep(10.2)
        assert len(begins.begun) == number
        for _, _, over in begins.begun:
            over(Collected())
        await asyncio.sleep(0)
        assert len(seen) == AT_A_TURN + 1
        seen.append("another turn")
        await asyncio.sleep(0)
        await loop.aclose()

    run_virtual(story())
    assert seen[AT_A_TURN : AT_A_TURN + 2] == [f"after {AT_A_TURN}", "another turn"]
    assert seen[-1] == "after 5"
    assert len({name for name in seen if name.startswith("x")}) == number
    assert bugs == ["cannot see"] * 2
