"""The plant as a whole: advance it in time, break it, ask it for the truth."""

from __future__ import annotations

from bisect import bisect_right

from dcim.record import dataclass, field
from dcim.simulator.plant.air import Crac, Room
from dcim.simulator.plant.blueprint import Blueprint
from dcim.simulator.plant.build import build
from dcim.simulator.plant.network import Changeover, Load, Node, Supply, Ups
from dcim.simulator.plant.wave import wobble

SETTLE, SETTLE_TICK = 3600.0, 10.0
"""Seconds that a plant runs before its clock reads 0, so that temperatures stand where they belong."""


@dataclass(frozen=True, slots=True)
class Change:
    """From ``at`` on (seconds of the plant's clock) the subject is in the condition ``word``."""

    at: float
    subject: str
    word: str


@dataclass(slots=True)
class Truth:
    """What really happened, as words: nodes are ``live``/``dead``, UPS on ``mains``/``battery``/``off``, both
    ``tripped`` where they carried too much and opened by themselves, switches on ``source_a``/``source_b``/
    ``none``, loads ``powered``/``dark``, units ``running``/``stopped``; a generator is in one of its phases.
    """

    changes: list[Change] = field(default_factory=list)
    _of: dict[str, list[Change]] = field(default_factory=dict)

    def note(self, at: float, subject: str, word: str) -> None:
        """Keep a condition if it is new."""
        mine = self._of.setdefault(subject, [])
        if mine and mine[-1].word == word:
            return
        change = Change(at, subject, word)
        mine.append(change)
        self.changes.append(change)

    def word(self, subject: str, at: float) -> str:
        """Return the condition of a subject at a time; raise KeyError for a subject that does not exist."""
        mine = self._of[subject]
        place = bisect_right(mine, at, key=lambda change: change.at)
        return mine[max(0, place - 1)].word

    def of(self, subject: str) -> tuple[Change, ...]:
        """Return every condition of a subject, oldest first."""
        return tuple(self._of[subject])


class Plant:
    """A data centre that lives by its own clock (seconds from 0). Equal arguments give equal lives.

    Time moves in ticks of ``tick`` seconds, whatever steps it is advanced in; a fault takes effect with
    the next tick. No clock is read and nothing is random.
    """

    def __init__(self, plan: Blueprint, seed: int = 0, tick: float = 0.25) -> None:
        self.plan = plan
        self.seed = seed
        self.tick = tick
        self.now = 0.0
        self.truth = Truth()
        parts = build(plan)
        self.nodes: dict[str, Node] = parts.nodes
        self.loads: dict[str, Load] = parts.loads
        self.cracs: dict[str, Crac] = parts.cracs
        self.rooms: dict[str, Room] = parts.rooms
        self._supply_order = tuple(parts.nodes.values())
        self._load_order = tuple(reversed(self._supply_order))
        self._feeds = [node for node in self._supply_order if isinstance(node, Supply)]
        self._ticks = 0
        self._settle()

    def _settle(self) -> None:
        for step in range(int(SETTLE / SETTLE_TICK)):
            self._run(step * SETTLE_TICK - SETTLE, SETTLE_TICK)
        for node in self._supply_order:
            node.joules = 0.0
        for unit in self.cracs.values():
            unit.joules = unit.ran = 0.0
        self._note()

    def step(self, dt: float) -> None:
        """Let ``dt`` seconds pass."""
        self.advance(self.now + dt)

    def advance(self, to: float) -> None:
        """Let time pass until ``to``; going back is a ValueError."""
        if to < self.now:
            msg = f"the plant is at {self.now} s and cannot go back to {to} s"
            raise ValueError(msg)
        self.now = to
        while (self._ticks + 1) * self.tick <= to:
            self._ticks += 1
            self._run(self._ticks * self.tick, self.tick)
            self._note()

    def _run(self, at: float, dt: float) -> None:
        """Live through one tick that ends at ``at``."""
        self._breathe(at)
        for node in self._supply_order:
            node.feel(at, dt)
            node.rest()
        for load in self.loads.values():
            load.pull()
        for node in self._load_order:
            node.pull(dt)
            node.strain(dt)
            node.joules += node.watts * dt
        for room in self.rooms.values():
            room.warm(dt)

    def _breathe(self, at: float) -> None:
        """Let voltages, frequencies and loads drift."""
        for feed in self._feeds:
            feed.drift = 0.008 * wobble(feed.name, self.seed, at, 900.0)
            feed.sway = 0.03 * wobble(feed.name, self.seed + 1, at, 120.0)
        for shape in self.plan.loads:
            self.loads[shape.id].wanted = shape.watts * (1.0 + 0.05 * wobble(shape.id, self.seed, at))

    def _note(self) -> None:
        at = self._ticks * self.tick
        for group in (self.nodes, self.loads, self.cracs):
            for name, part in group.items():
                self.truth.note(at, name, part.word())

    def lose(self, target: str) -> None:
        """Break something: feed lost, breaker open, switch or UPS dead, engine will not run, unit stopped."""
        self._set(target, lost=True)

    def restore(self, target: str) -> None:
        """Make it whole again."""
        self._set(target, lost=False)

    def drain(self, target: str, charge: float) -> None:
        """Leave the battery of a UPS with this share of its charge."""
        node = self.nodes.get(target)
        if not isinstance(node, Ups):
            msg = f"no UPS '{target}'"
            raise KeyError(msg)
        node.battery.charge = min(1.0, max(0.0, charge))

    def stick(self, target: str) -> None:
        """Have a transfer switch stay where it is, whatever becomes of its sources."""
        node = self.nodes.get(target)
        if not isinstance(node, Changeover):
            msg = f"no transfer switch '{target}'"
            raise KeyError(msg)
        node.stuck = True

    def test(self, target: str, lasts: float) -> None:
        """Have a UPS live on its battery for so many seconds, as its own test does."""
        node = self.nodes.get(target)
        if not isinstance(node, Ups):
            msg = f"no UPS '{target}'"
            raise KeyError(msg)
        node.tested = lasts

    def move(self, target: str, cord: int) -> None:
        """Plug a cord of a load, by its number from 1, in where the next one is."""
        load = self.loads.get(target)
        if load is None or not 1 <= cord <= len(load.cords):
            msg = f"no cord {cord} of '{target}'"
            raise KeyError(msg)
        cords = list(load.cords)
        cords[cord - 1] = cords[cord % len(cords)]
        load.cords = cords

    def _set(self, target: str, *, lost: bool) -> None:
        if target in self.nodes:
            node = self.nodes[target]
            node.lost, node.heat, node.tripped = lost, 0.0, node.tripped and lost
            if isinstance(node, Changeover):
                node.stuck = node.stuck and lost
        elif target in self.cracs:
            self.cracs[target].stopped = lost
        else:
            msg = f"nothing called '{target}'"
            raise KeyError(msg)

    @property
    def targets(self) -> tuple[str, ...]:
        """Return what can be lost and restored."""
        return (*self.nodes, *self.cracs)
