"""The plant, the agents that speak for it, and the scenario that befalls them, on one clock. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Mapping
from enum import StrEnum
from typing import Final, Protocol
from zlib import crc32

from dcim.record import dataclass
from dcim.simulator.plant import Blueprint, DeviceShape, Plant
from dcim.simulator.scenario import Event, Scenario, Verb
from dcim.yaml import nearest

PROBES: Final = frozenset(("entity_sensor",))
"""The families whose rows can get other numbers, and whose probes can fail: see ``tampered``."""


class Worded(Protocol):
    """Whatever has a condition."""

    def word(self) -> str:
        """Return the condition in one word."""
        ...


class Mood(StrEnum):
    """How an agent treats questions."""

    ANSWERS = "answers"
    HANGS = "hangs"
    SLOW = "slow"
    FROZEN = "frozen"


@dataclass(slots=True)
class Agent:
    """The software of one device: alive while its device has power, silent while it boots.

    ``up_at``: the plant's time at which it came up, None while dark or booting; ``boots`` counts its starts.
    """

    device: DeviceShape
    up_at: float | None
    boots: int
    mood: Mood = Mood.ANSWERS
    delay: float = 0.0
    ready_at: float = 0.0
    shift: int = 0  # how often its rows got other numbers
    failed: bool = False  # whether its first probe measures nothing

    def feel(self, now: float, *, powered: bool) -> bool:
        """Follow the power; return whether the software has just come up."""
        if not powered:
            self.up_at, self.ready_at = None, now + self.device.boot
            return False
        if self.up_at is None and now >= self.ready_at:
            self.up_at = now
            self.boots += 1
            return True
        return False

    def restart(self, now: float) -> None:
        """Go down and come back after the time it takes to boot."""
        self.up_at, self.ready_at = None, now + self.device.boot

    def patience(self) -> float | None:
        """Return the seconds after which it answers, or None if it does not answer at all."""
        if self.up_at is None or self.mood is Mood.HANGS:
            return None
        return self.delay

    def uptime(self, now: float) -> float:
        """Return the seconds since its software started."""
        return 0.0 if self.up_at is None else now - self.up_at

    def word(self) -> str:
        """Return ``answers``, ``hangs``, ``slow``, ``frozen`` or ``silent``."""
        return "silent" if self.up_at is None else self.mood.value


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that happened, in words; ``at`` is seconds since the story began."""

    at: float
    text: str


class Stage:
    """Everything that moves in a simulation. The same events at the same times make the same life."""

    def __init__(self, plan: Blueprint, seed: int = 0, tick: float = 0.25) -> None:
        self.plant = Plant(plan, seed, tick)
        self.began = 0.0  # the plant's time at which the story began
        self.happened: list[Happening] = []
        self._events: deque[Event] = deque()
        self.agents = {device.id: self._agent(device, seed) for device in plan.devices}
        self._note()

    def begin(self, story: Scenario) -> None:
        """Let the story begin now: its times count from here. Raise ValueError for an unknown target."""
        self._check(story.events)
        self.began = self.now
        self._events = deque(event.model_copy(update={"at": event.at + self.now}) for event in story.events)

    @staticmethod
    def _agent(device: DeviceShape, seed: int) -> Agent:
        """Make an agent that has been up for some days."""
        key = crc32(device.id.encode(), seed & 0xFFFFFFFF)
        return Agent(device, up_at=-(86400.0 + key % (40 * 86400)), boots=1 + key % 9)

    @property
    def now(self) -> float:
        """Return the plant's time in seconds."""
        return self.plant.now

    def advance(self, to: float) -> list[Agent]:
        """Live until ``to`` and return the agents whose software came up on the way."""
        came_up: list[Agent] = []
        while self._events and self._events[0].at <= to:
            event = self._events.popleft()
            came_up += self._live(max(event.at, self.now))
            self.perform(event)
        came_up += self._live(to)
        return came_up

    def _live(self, to: float) -> list[Agent]:
        came_up: list[Agent] = []
        tick = self.plant.tick
        while self.now < to:
            # whole ticks only, so that agents see every change of power whatever the steps
            self.plant.advance(min(to, (self.now // tick + 1) * tick))
            came_up += self._feel()
        return came_up

    def _feel(self) -> list[Agent]:
        came_up = []
        nodes = self.plant.nodes
        for agent in self.agents.values():
            feeds = agent.device.powered
            if agent.feel(self.now, powered=not feeds or any(nodes[name].live for name in feeds)):
                came_up.append(agent)
        self._note()
        return came_up

    def _note(self) -> None:
        for name, agent in self.agents.items():
            self.plant.truth.note(self.now, name, agent.word())

    def perform(self, event: Event) -> None:
        """Do what an event says, now. Raise ValueError for an unknown target, with the nearest right name."""
        self._check((event,))
        match event.do:
            case Verb.LOSE:
                self.plant.lose(event.target)
            case Verb.RESTORE:
                self.plant.restore(event.target)
            case Verb.DRAIN:
                self.plant.drain(event.target, event.amount or 0.0)
            case Verb.STICK:
                self.plant.stick(event.target)
            case Verb.TEST:
                self.plant.test(event.target, event.amount or 0.0)
            case Verb.MOVE:
                self.plant.move(event.target, round(event.amount or 0.0))
            case _:
                for agent in self._agents_of(event.target):
                    _treat(agent, event, self.now)
        self._note()
        self.happened.append(Happening(self.now - self.began, event.says or str(event)))

    def _agents_of(self, target: str) -> list[Agent]:
        """Return the agent of this name, or all behind the gateway of this name."""
        return [agent for agent in self.agents.values() if target in (agent.device.id, agent.device.gateway)]

    def targets(self, verb: Verb) -> tuple[str, ...]:
        """Return the names that a verb can be used on."""
        devices = self.plant.plan.devices
        if verb in (Verb.LOSE, Verb.RESTORE):
            return self.plant.targets
        if verb in (Verb.DRAIN, Verb.TEST):
            return tuple(ups.id for ups in self.plant.plan.ups)
        if verb is Verb.STICK:
            return tuple(switch.id for switch in self.plant.plan.changeovers)
        if verb is Verb.MOVE:
            return tuple(load.id for load in self.plant.plan.loads)
        if verb in (Verb.REINDEX, Verb.FAIL):
            return tuple(device.id for device in devices if device.speaks in PROBES)
        gateways = {device.gateway for device in devices if device.gateway}
        return (*(device.id for device in devices), *sorted(gateways))

    def _check(self, events: Iterable[Event]) -> None:
        for event in events:
            known = self.targets(event.do)
            if event.target not in known:
                hint = self._other_side(event.target, known) or nearest(event.target, known)
                msg = f"{event.do}: nothing called {event.target!r}{hint}"
                raise ValueError(msg)

    def _other_side(self, target: str, known: Collection[str]) -> str:
        """Return what fits where an agent is named for the part it speaks of, or a part for its agent."""
        for device in self.plant.plan.devices:
            if target == device.id and device.of in known:
                return f" here: that is an agent, and speaks of {device.of!r}"
            if target == device.of and device.id in known:
                return f" here: that is a part, and its agent is {device.id!r}"
        return ""

    def status(self) -> list[str]:
        """Return one line for each part that is not as it should be, or one that says that all is well."""
        plant = self.plant
        parts: list[tuple[Mapping[str, Worded], frozenset[str]]] = [
            (plant.nodes, frozenset(("live", "mains", "source_a", "stopped"))),
            (plant.loads, frozenset(("powered",))),
            (plant.cracs, frozenset(("running",))),
            (self.agents, frozenset(("answers",))),
        ]
        lines = [
            f"{name}: {part.word()}"
            for group, fine in parts
            for name, part in group.items()
            if part.word() not in fine
        ]
        rooms = ", ".join(f"{room.name} {room.temperature:.1f} C" for room in plant.rooms.values())
        return [*(lines or ["all is well"]), *([rooms] if rooms else [])]


def _treat(agent: Agent, event: Event, now: float) -> None:
    match event.do:
        case Verb.HANG:
            agent.mood, agent.delay = Mood.HANGS, 0.0
        case Verb.SLOW:
            agent.mood, agent.delay = Mood.SLOW, event.amount or 0.0
        case Verb.FREEZE:
            agent.mood, agent.delay = Mood.FROZEN, 0.0
        case Verb.RESTART:
            agent.restart(now)
        case Verb.REINDEX:
            agent.shift += 1
            agent.restart(now)
        case Verb.FAIL:
            agent.failed = True
        case _:
            agent.mood, agent.delay, agent.failed = Mood.ANSWERS, 0.0, False
