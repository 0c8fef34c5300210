"""What befalls a site in a simulated time: a plan of faults, the same for the same seed.

Faults come when they like and lie over each other; each ends by itself. Times are seconds from the beginning
of the life, all of them whole ticks of the plant.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

TICK: Final = 10.0
MINUTE: Final = 60.0
HOUR: Final = 3600.0
DAY: Final = 86_400.0
NOTICE: Final = 6 * HOUR
"""How long before its start work has to be announced to be scheduled, in the contract of the campaign."""

DEVICES: Final = (
    *("cas1-mtr-a", "cas1-mtr-b", "cas1-sb-a", "cas1-sb-b", "cas1-ge", "cas1-ats-a", "cas1-ups-a"),
    *("cas1-ups-b", "cas1-crac-1", "cas1-crac-2", "cas1-r1-a", "cas1-r1-b", "cas1-r2-a", "cas1-r2-b"),
)
PDUS: Final = ("pdu-r1-a", "pdu-r1-b", "pdu-r2-a", "pdu-r2-b")


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that is done: a verb of the simulator, or ``kill``, ``stop``, ``stall``, ``step``, ``announce``,
    or ``full`` and ``free`` of the disk.

    ``amount``: the charge of a battery, for how many seconds nobody runs, how far the clock is put forward,
    how long announced work lasts; it begins ``ahead`` seconds later.
    """

    at: float
    do: str
    target: str = ""
    amount: float | None = None
    ahead: float = 0.0


def whole(seconds: float) -> float:
    """Return the next whole tick."""
    return max(TICK, round(seconds / TICK) * TICK)


def plan_of(seed: int, days: float, a_day: float) -> list[Act]:
    """Return what happens: about ``a_day`` stories a day, the last of them over before the end."""
    random = Random(seed)
    kinds, weights = tuple(STORIES), tuple(STORIES.values())
    acts: list[Act] = []
    at, last = 2 * HOUR, days * DAY - 8 * HOUR
    while (at := at + random.expovariate(a_day / DAY)) < last:
        story = random.choices(kinds, weights)[0]
        acts += story(random, whole(at))
    return sorted(acts, key=lambda act: act.at)


def _lasting(random: Random, least: float = MINUTE, most: float = 3 * HOUR) -> float:
    """Return how long something lasts: as often between one and ten minutes as between ten and a hundred."""
    return whole(least * (most / least) ** random.random())


def _lost(at: float, target: str, lasts: float) -> Iterator[Act]:
    yield Act(at, "lose", target)
    yield Act(at + lasts, "restore", target)


def _feed(random: Random, at: float) -> Iterator[Act]:
    """Lose a feed, or both; now and then the generator does not start."""
    lasts = _lasting(random)
    feeds = random.choice((["utility-a"], ["utility-b"], ["utility-a", "utility-b"]))
    if random.random() < 0.4:
        yield from _lost(at - TICK, "genset-1", lasts + random.choice((0.0, HOUR)))
    for feed in feeds:
        yield from _lost(at + whole(random.uniform(0, MINUTE)), feed, lasts)


def _exhausted(random: Random, at: float) -> Iterator[Act]:
    """Lose both feeds and the generator with batteries that are nearly empty."""
    lasts = _lasting(random, 20 * MINUTE)
    yield Act(at, "drain", "ups-a", random.uniform(0.01, 0.3))
    yield Act(at, "drain", "ups-b", random.uniform(0.01, 0.3))
    for target in ("genset-1", "utility-a", "utility-b"):
        yield from _lost(at, target, lasts)


def _breaker(random: Random, at: float) -> Iterator[Act]:
    """Open a breaker, or have a switch or a UPS die."""
    yield from _lost(at, random.choice((*PDUS, "sb-a", "sb-b", "ats-a", "ups-a", "ups-b")), _lasting(random))


def _rack(random: Random, at: float) -> Iterator[Act]:
    """Lose both feeds of a rack, not quite together."""
    rack = random.choice(("r1", "r2"))
    for side in "ab":
        yield from _lost(at + whole(random.uniform(0, 10 * MINUTE)), f"pdu-{rack}-{side}", _lasting(random))


def _cooling(random: Random, at: float) -> Iterator[Act]:
    """Stop a cooling unit, or both."""
    for unit in random.choice((["crac-1"], ["crac-2"], ["crac-1", "crac-2"])):
        yield from _lost(at + whole(random.uniform(0, MINUTE)), unit, _lasting(random))


def _agent(random: Random, at: float) -> Iterator[Act]:
    """Have an agent hang, or start anew."""
    device = random.choice(DEVICES)
    if random.random() < 0.3:
        yield Act(at, "restart", device)
        return
    yield Act(at, "hang", device)
    yield Act(at + _lasting(random, MINUTE, 6 * HOUR), "release", device)


def _frozen(random: Random, at: float) -> Iterator[Act]:
    """Have an agent answer with what it once knew."""
    device = random.choice(DEVICES)
    yield Act(at, "freeze", device)
    yield Act(at + _lasting(random, 2 * MINUTE), "release", device)


def _split(random: Random, at: float) -> Iterator[Act]:
    """Cut a part of the network off, or all of it."""
    lasts = _lasting(random)
    for device in random.sample(DEVICES, random.choice((4, 7, len(DEVICES)))):
        yield Act(at, "hang", device)
        yield Act(at + lasts, "release", device)


def _daemon(random: Random, at: float) -> Iterator[Act]:
    """Kill the daemon, stop it, or have its machine stand still."""
    yield Act(at, random.choice(("kill", "kill", "stop", "stall")), amount=_lasting(random))


def _clock(random: Random, at: float) -> Iterator[Act]:
    """Put the clock wrong, and right again later."""
    size = _lasting(random, TICK, 2 * HOUR) * random.choice((1, -1))
    yield Act(at, "step", amount=size)
    yield Act(at + _lasting(random, MINUTE, 6 * HOUR), "step", amount=-size)


def _work(random: Random, at: float) -> Iterator[Act]:
    """Announce work and do it; some of it comes early or takes longer than was said."""
    target, covers = random.choice(WORKS)
    ahead = whole(random.choice((10 * MINUTE, HOUR, NOTICE + HOUR)))
    lasts = _lasting(random, 10 * MINUTE)
    yield Act(at, "announce", covers, lasts, ahead)
    begins = at + ahead + whole(random.uniform(TICK, 5 * MINUTE))
    for one in target:
        yield from _lost(begins, one, whole(lasts * random.uniform(0.3, 1.3)))


WORKS: Final[Sequence[tuple[tuple[str, ...], str]]] = (
    (("pdu-r1-a", "pdu-r1-b"), "power/R1"),
    (("pdu-r2-a", "pdu-r2-b"), "power/R2"),
    (("crac-1", "crac-2"), "cooling/hall"),
    (("ups-a", "ups-b"), "everything"),
)
"""What is switched off, and for what it was announced."""

STORIES: Final[Mapping[Callable[[Random, float], Iterator[Act]], float]] = {
    _feed: 3,
    _exhausted: 2,
    _breaker: 3,
    _rack: 3,
    _cooling: 2,
    _agent: 3,
    _frozen: 1,
    _split: 2,
    _daemon: 3,
    _clock: 1,
    _work: 2,
}
"""How often each story comes, against the others."""
