"""The electrical path, as nodes in order of supply: voltage comes down, load goes up.

    supply -> bus (transformer, switchboard, PDU) -> changeover -> ups -> bus -> load

Each tick every node first feels its parents (is there voltage?), then, in reverse order, pulls what it
delivers plus its losses from the parent that feeds it. So the powers of one tick always balance, phase by
phase. Last, what carries more than it may gets warm, and opens when it has been too much for too long.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from dcim.simulator.plant.battery import Battery

PHASES: Final = ("L1", "L2", "L3")
SHARES: Final[Mapping[str, float]] = {"L1": 0.35, "L2": 0.33, "L3": 0.32}
"""How a load lies on three phases where nobody says: nearly evenly, as in any real building."""
POWER_FACTOR: Final = 0.95
"""Of everything in the plant: typical of servers behind corrected power supplies."""
_WARM: Final = 1.5**2 - 1.0
"""What a breaker takes up each second at one and a half times its rating, for which its time is told."""


@dataclass(slots=True)
class Node(ABC):
    """One place of the path. ``watts`` is what it delivers now, ``joules`` what it has delivered so far.

    ``by_phase``: the same watts on L1, L2 and L3. ``heat``: seconds of overload that it has taken up,
    counted as at one and a half times its limit; ``tripped``: that was too much, until somebody restores it.
    """

    name: str
    live: bool = False
    volts: float = 0.0
    hertz: float = 0.0
    watts: float = 0.0
    drawn: float = 0.0  # taken from the parents now, watts
    joules: float = 0.0
    lost: bool = False  # a fault that somebody applied
    by_phase: list[float] = field(default_factory=lambda: [0.0, 0.0, 0.0])
    heat: float = 0.0
    tripped: bool = False

    def take(self, watts: float, share: Sequence[float]) -> None:
        """Be asked for so many watts, of which each phase gives its share."""
        self.watts += watts
        mine = self.by_phase
        for number in (0, 1, 2):
            mine[number] += watts * share[number]

    def rest(self) -> None:
        """Be asked for nothing yet in this tick."""
        self.watts = 0.0
        self.by_phase = [0.0, 0.0, 0.0]

    def amperes(self, phase: int) -> float:
        """Return the current of a phase (0, 1, 2); none without voltage."""
        return self.by_phase[phase] / POWER_FACTOR / self.volts if self.volts > 0 else 0.0

    def strain(self, dt: float) -> None:
        """Warm up by what is carried above the limit, or cool down; open when it is too much."""
        after, load = self._limit()
        if not after:
            return
        self.heat = max(0.0, self.heat + (load * load - 1.0) / _WARM * dt) if self.live else 0.0
        if self.heat >= after:
            self.tripped, self.heat = True, 0.0

    def _limit(self) -> tuple[float, float]:
        """Return how long one and a half times the limit is borne (0: for ever), and the share of it now."""
        return 0.0, 0.0

    @property
    def broken(self) -> bool:
        """Whether it gives nothing whatever feeds it: somebody broke it, or it opened by itself."""
        return self.lost or self.tripped

    @abstractmethod
    def feel(self, now: float, dt: float) -> None:
        """Decide whether there is voltage at the output, from the parents and the faults."""

    @abstractmethod
    def pull(self, dt: float) -> None:
        """Hand the load of this tick, with losses, up to the parent that feeds it."""

    def word(self) -> str:
        """Return the condition of the node in one word."""
        return "live" if self.live else "tripped" if self.tripped else "dead"

    def _follow(self, parent: Node, live: bool) -> None:
        self.live = live
        self.volts, self.hertz = (parent.volts, parent.hertz) if live else (0.0, 0.0)


@dataclass(slots=True)
class Supply(Node):
    """A utility feed. ``nominal``: volts to neutral; ``drift``: share off it now; ``sway``: hertz off 50."""

    nominal: float = 230.0
    drift: float = 0.0
    sway: float = 0.0

    def feel(self, now: float, dt: float) -> None:
        """Give about the nominal voltage at about 50 Hz unless the feed is lost."""
        self.live = not self.lost
        self.volts = self.nominal * (1.0 + self.drift) if self.live else 0.0
        self.hertz = 50.0 + self.sway if self.live else 0.0

    def pull(self, dt: float) -> None:
        """Take from outside what is delivered."""
        self.drawn = self.watts


@dataclass(slots=True)
class Bus(Node):
    """Whatever has one parent behind one breaker. ``loss`` is the share of the load that heats it."""

    parent: Node = field(kw_only=True)
    loss: float = 0.0
    rating: float = 0.0  # amperes a phase; 0: not rated
    trip_after: float = 0.0  # seconds at one and a half times the rating; 0: never
    phases: tuple[str, ...] = ()  # those of the parent that are connected; none said: all

    def feel(self, now: float, dt: float) -> None:
        """Be live when the parent is and the breaker is closed."""
        self._follow(self.parent, self.parent.live and not self.broken)

    def take(self, watts: float, share: Sequence[float]) -> None:
        """Be asked for so many watts: on the phases that are connected."""
        Node.take(self, watts, connected(share, self.phases) if self.phases else share)

    def pull(self, dt: float) -> None:
        """Take the load and its losses from the parent."""
        self.drawn = self.watts * (1.0 + self.loss)
        _hand_up(self, self.parent)

    def _limit(self) -> tuple[float, float]:
        if not self.rating:
            return 0.0, 0.0
        return self.trip_after, max(map(self.amperes, (0, 1, 2))) / self.rating


@dataclass(slots=True)
class Changeover(Node):
    """A transfer switch between a preferred source (0) and another (1). Times are seconds.

    ``delay``: how long the other source must be good before it takes the load; ``back``: how long the
    preferred one must be good before it gets the load again.
    """

    sources: tuple[Node, Node] = field(kw_only=True)
    delay: float = 0.0
    back: float = 0.0
    position: int = 0
    transfers: int = 0
    good: list[float] = field(default_factory=lambda: [0.0, 0.0])
    stuck: bool = False  # a fault that somebody applied: it moves no more

    def feel(self, now: float, dt: float) -> None:
        """Choose the source, then follow it. A failed switch (``lost``) stays open."""
        for index, source in enumerate(self.sources):
            self.good[index] = self.good[index] + dt if source.live else 0.0
        wanted = self._wanted()
        if wanted != self.position and not (self.lost or self.stuck):
            self.position = wanted
            self.transfers += 1
        chosen = self.sources[self.position]
        self._follow(chosen, chosen.live and not self.broken)

    def _wanted(self) -> int:
        first, second = (source.live for source in self.sources)
        if self.position == 0:
            return 1 if not first and second and self.good[1] >= self.delay else 0
        return 0 if first and (self.good[0] >= self.back or not second) else 1

    def pull(self, dt: float) -> None:
        """Take the load from the chosen source."""
        self.drawn = self.watts
        _hand_up(self, self.sources[self.position])

    @property
    def stands(self) -> str:
        """Return where it stands, ``source_a`` or ``source_b``, whether there is voltage or not."""
        return ("source_a", "source_b")[self.position]

    def word(self) -> str:
        """Return ``source_a``, ``source_b`` (that feeds the load) or ``none``."""
        return self.stands if self.live else "none"


@dataclass(slots=True)
class Ups(Node):
    """An on-line UPS: rectifier, battery, inverter. ``idle`` watts are lost whatever the load."""

    parent: Node = field(kw_only=True)
    battery: Battery = field(kw_only=True)
    rated: float = 10_000.0  # watts
    efficiency: float = 0.95
    charge_efficiency: float = 0.9
    idle: float = 100.0
    low_runtime: float = 120.0  # seconds of battery left at which it says "low"
    overload_after: float = (
        0.0  # seconds that its inverter bears one and a half times its rating; 0: for ever
    )
    on_battery: bool = False
    tested: float = 0.0  # seconds that a test still lasts
    on_battery_for: float = 0.0
    transfers: int = 0
    charging: float = 0.0  # watts into the battery now
    discharging: float = 0.0  # watts out of the battery now

    def feel(self, now: float, dt: float) -> None:
        """Feed the load from the mains, else from the battery while it lasts."""
        was = self.on_battery
        self.tested = max(0.0, self.tested - dt)
        mains = self.parent.live and not self.tested
        self.live = not self.broken and (mains or self.battery.charge > 0.0)
        self.on_battery = self.live and not mains
        self.transfers += self.on_battery and not was
        self.on_battery_for = self.on_battery_for + dt if self.on_battery and was else 0.0
        self.volts, self.hertz = (230.0, 50.0) if self.live else (0.0, 0.0)

    def pull(self, dt: float) -> None:
        """Charge from the mains, or discharge for the load."""
        self.charging = self.discharging = self.drawn = 0.0
        if not self.live:
            return
        if self.on_battery:
            self.discharging = self.battery.drain(self.watts / self.efficiency + self.idle, dt) / dt
            return
        self.charging = self.battery.fill(dt) / dt
        self.drawn = self.watts / self.efficiency + self.idle + self.charging / self.charge_efficiency
        self.parent.take(self.drawn, _EVEN)

    def _limit(self) -> tuple[float, float]:
        return self.overload_after, self.watts / self.rated

    @property
    def runtime(self) -> float:
        """Return the seconds the battery would last at the present load."""
        return self.battery.runtime(self.watts / self.efficiency + self.idle)

    @property
    def low(self) -> bool:
        """Say whether the battery is nearly empty while it carries the load."""
        return self.on_battery and self.runtime <= self.low_runtime

    def word(self) -> str:
        """Return ``mains``, ``battery`` or ``off``."""
        if not self.live:
            return "tripped" if self.tripped else "off"
        return "battery" if self.on_battery else "mains"


_EVEN: Final = (1 / 3, 1 / 3, 1 / 3)
"""A rectifier takes the same from every phase, whatever the phases of its output carry."""


def _hand_up(node: Node, parent: Node) -> None:
    """Take from a parent what a node draws, on the phases on which it delivers."""
    if node.watts > 0:
        parent.take(node.drawn, [watts / node.watts for watts in node.by_phase])


def connected(share: Sequence[float], phases: Sequence[str]) -> Sequence[float]:
    """Return shares of a load on those phases alone that are connected; even ones where it has none there."""
    mine = [part if phase in phases else 0.0 for phase, part in zip(PHASES, share, strict=True)]
    total = sum(mine)
    if not total:
        return [1.0 / len(phases) if phase in phases else 0.0 for phase in PHASES]
    return [part / total for part in mine]


@dataclass(slots=True)
class Load:
    """What the path is for. Of several cords each takes its share of the load while it is live."""

    name: str
    room: str
    cords: Sequence[Node]
    rated: float  # watts
    wanted: float = 0.0  # watts it would take now
    watts: float = 0.0  # watts it takes now; 0 in the dark
    shares: Sequence[float] = ()  # of each cord; empty: equal ones
    phases: Sequence[float] = tuple(SHARES.values())

    @property
    def powered(self) -> bool:
        """Say whether at least one cord is live."""
        return any(cord.live for cord in self.cords)

    def pull(self) -> None:
        """Take the power from the live cords."""
        shares = self.shares or (1.0,) * len(self.cords)
        alive = [(cord, share) for cord, share in zip(self.cords, shares, strict=True) if cord.live]
        self.watts = self.wanted if alive else 0.0
        total = sum(share for _, share in alive)
        for cord, share in alive:
            cord.take(self.watts * share / total, self.phases)

    def word(self) -> str:
        """Return ``powered`` or ``dark``."""
        return "powered" if self.powered else "dark"
