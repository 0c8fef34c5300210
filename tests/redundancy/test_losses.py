"""What the daemon tells the child of the readings that count now."""

from __future__ import annotations

import asyncio
from array import array
from collections.abc import Callable, Mapping, Sequence
from math import nan
from pathlib import Path

from dcim.daemon.services.building import Building
from dcim.daemon.services.losses import ROOM, Losses
from dcim.flow import Interval
from dcim.graph import Via
from dcim.model import Batch, Lane, Layout, Memory, Point
from dcim.model.fact import Fact
from dcim.model.point import canonical
from dcim.redundancy import (
    Asks,
    Book,
    Built,
    ChildFailed,
    Question,
    Refused,
    ServiceVerdict,
    Survival,
    Values,
    Verdicts,
    Wish,
)
from dcim.redundancy.message import Message, Reply
from dcim.series import Freshness, Newest
from dcim.settings import Settings
from dcim.simulator.files import plan
from dcim.store import Store, Work

from .plants import Grower
from .told import Told

T = 1_790_000_000.0


class Child:
    """Keeps what it was told, and finds nothing."""

    child_process = None

    def __init__(self, masses: Mapping[str, Interval] | None = None) -> None:
        self.told: list[Message] = []
        self.masses = masses or {}
        self.services: Mapping[str, ServiceVerdict] = {}
        self.fails = False

    async def ask(self, message: Message) -> Reply:
        if self.fails:
            msg = "it does not answer"
            raise ChildFailed(msg)
        self.told.append(message)
        if isinstance(message, Values):
            return Verdicts(message.at, services=self.services, masses=self.masses)
        return None

    async def aclose(self) -> None:
        """Nothing runs."""


class Clock:
    """Stands where it is set."""

    at = T

    def now(self) -> float:
        return self.at

    def monotonic(self) -> float:
        return self.at


def layout(device: str, metric: str, *, own: bool) -> Layout:
    point = Point(device, metric, canonical({"phase": "L1"}))
    return Layout(
        device, Lane.SLOW if own else Lane.FAST, (point,), (None,), ("losses" if own else "",), own=own
    )


def test_what_the_daemon_says_of_a_device_itself_makes_no_other_book_and_a_late_answer_is_bridged(
    tmp_path: Path,
) -> None:
    """The points of losses come on the devices that they are of; taken for readings, they would start all anew."""
    settings = Told(Grower(1).plan(), tmp_path).settings
    device = next(asset.id for asset in settings.assets if "strip" in asset.id)
    newest, clock, child = Newest(), Clock(), Child()
    building = Building(settings.wiring, settings.assets, newest, Freshness(), lambda _facts: None)
    building.begin(T)
    made: Callable[[Built], Asks] = lambda _built: child  # noqa: E731  the seam
    losses = Losses(settings, building, newest, Freshness(), clock, made)
    said = layout(device, "pdu_phase_current_amperes", own=False)

    def look(at: float, batch: Batch) -> Values:
        clock.at = at
        newest.take(batch)
        asyncio.run(losses.look())
        values = child.told[-1]
        assert isinstance(values, Values)
        return values

    assert 7.25 in look(T, Batch(said, T, array("d", [7.25]))).values
    own = layout(device, "load_after_loss_ratio", own=True)
    assert 7.25 in look(T + 1, Batch(own, T + 1, array("d", [0.4]))).values
    assert 7.25 in look(T + 5, Batch(said, T + 5, array("d", [nan]))).values
    assert 7.25 not in look(T + 500, Batch(said, T + 500, array("d", [nan]))).values
    assert sum(isinstance(one, Book) for one in child.told) == 1


def daemon(settings: Settings, child: Child, clock: Clock) -> Losses:
    """Return what would try losses in a daemon that has just begun."""
    newest = Newest()
    building = Building(settings.wiring, settings.assets, newest, Freshness(), lambda _facts: None)
    building.begin(T)
    made: Callable[[Built], Asks] = lambda _built: child  # noqa: E731  the seam
    return Losses(settings, building, newest, Freshness(), clock, made)


async def test_what_rooms_swallow_outlives_the_daemon_and_is_written_when_it_is_learnt_anew(
    tmp_path: Path,
) -> None:
    """Else the minutes of a room were unknown again after every restart. Pains: I10."""
    settings, clock = Told(plan("rabat"), tmp_path).settings, Clock()
    state = tmp_path / "state"
    state.mkdir(mode=0o700)
    learnt = {"room/salle-1": Interval(1.25e6, 1.0e6 / 3.0 * 4.0)}
    store = Store.open(state, "s", clock)
    before = daemon(settings, Child(learnt), clock)
    written: list[Sequence[Memory]] = []
    before.kept = written.append
    for _ in range(3):
        await before.look()
    assert len(written) == 1, "what is known is not written again"
    await store.commit(Work(memories=tuple(written[0])))
    await store.stop("asked to stop")
    store = Store.open(state, "s", clock)
    child = Child()
    after = daemon(settings, child, clock)
    after.kept = written.append
    after.recall(store.memories(ROOM))
    await store.stop("asked to stop")
    await after.look()
    assert [one.masses for one in child.told if isinstance(one, Values)] == [learnt]
    child.masses = learnt
    await after.look()
    assert len(written) == 1


def test_what_was_learnt_of_a_room_that_is_no_more_is_forgotten(tmp_path: Path) -> None:
    losses = daemon(Told(plan("rabat"), tmp_path).settings, Child(), Clock())
    written: list[Sequence[Memory]] = []
    losses.kept = written.append
    body = {"joules_per_kelvin": [1.0e6, 2.0e6]}
    losses.recall([Memory(ROOM, room, body) for room in ("room/salle-1", "room/gone")])
    assert written == [[Memory(ROOM, "room/gone", None)]]


async def test_a_whole_feed_is_asked_at_once_and_a_room_as_people_call_it(tmp_path: Path) -> None:
    """Everything of it that nothing else of it feeds: the rest is dead with that. Pains: I1."""
    child = Child()
    told = Told(plan("rabat"), tmp_path)
    losses, nodes = daemon(told.settings, child, Clock()), told.topology.nodes
    assert {nodes[part].feed for part in nodes if nodes[part].feed} == {"A", "B"}
    await losses.ask(["a"])
    await losses.ask(["rab1-pdu-r1-b", "A"])
    await losses.place(Wish(3000.0, room=nodes["room/salle-1"].name.upper()))
    whole, with_another, wish = child.told
    assert isinstance(whole, Question)
    assert isinstance(with_another, Question)
    assert "rab1-tgbt-a" in whole.lost
    assert with_another.lost == ("rab1-pdu-r1-b", *whole.lost)
    assert isinstance(wish, Wish)
    assert wish.room == "salle-1"
    for part in whole.lost:
        above = told.topology.ancestors(part, Via.POWER)
        assert (nodes[part].feed, [one for one in above if nodes[one].feed == "A"]) == ("A", [])
    assert await losses.ask(["C"]) == Refused("no_part", ("C",))


def test_the_loss_of_a_module_is_not_told_by_the_name_of_the_whole(tmp_path: Path) -> None:
    """*What if… UPS B: nothing falls* was said of one of its modules. Pains: I1."""
    settings = Told(Grower(1).plan(), tmp_path).settings
    losses = daemon(settings, Child(), Clock())
    some = settings.assets[0].id
    assert losses.name(f"{some}:module") == f"{losses.name(some)} (module)"


def test_what_a_rack_has_on_its_switch_is_told_apart_from_the_rest_of_it(tmp_path: Path) -> None:
    """A rack with a transfer switch was drawn as two boxes of one name."""
    settings = Told(plan("rabat"), tmp_path).settings
    losses = daemon(settings, Child(), Clock())
    assert losses.name("rack/R1@rab1-ups-a") == f"{losses.name('rack/R1')} ({losses.name('rab1-ups-a')})"


async def test_a_child_that_gives_no_look_for_a_minute_leaves_nothing_proven(tmp_path: Path) -> None:
    """The statement of availability counts from these facts how long redundancy was proven. Pains: I10."""
    clock, child = Clock(), Child()
    child.services = {"power/R1": ServiceVerdict(Survival.SURVIVES)}
    losses = daemon(Told(plan("rabat"), tmp_path).settings, child, clock)
    noted: list[Fact] = []
    losses.noted = noted.extend
    clock.at = T
    await losses.look()
    child.fails = True
    for clock.at in (T + 30, T + 61, T + 90):
        await losses.look()
    child.fails = False
    for clock.at in (T + 120, T + 125):
        await losses.look()
    assert [(one.at - T, one.body["survival"]) for one in noted] == [
        (0.0, "survives"),
        (61.0, "unknown"),
        (125.0, "survives"),
    ]
