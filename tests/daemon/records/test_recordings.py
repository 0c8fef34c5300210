"""What the running daemon keeps of raw answers: what is asked for, incidents by themselves, no room. Pains: F10, D8."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

import pytest

from dcim.collect import Collected
from dcim.daemon.records.recordings import LONGEST, RecordingRefused, Recordings, Wanted
from dcim.incidents.memory import ROOM as INCIDENTS
from dcim.model import Asset, Memory
from dcim.model.fact import Fact, FactKind, Json
from dcim.poll import Polled, Presence
from dcim.recording.folder import Recording
from dcim.recording.ring import LASTS
from dcim.recording.tape import Drawn, Poll
from dcim.settings import Settings
from dcim.store import Store, Work
from dcim.witness import Exchange, Witness

HERE = Presence()
INCIDENT = "3f2a91c0e1b2" + "7" * 52


@dataclass
class Clock:
    """Both clocks of a machine, moved by hand."""

    at: float = 1_790_000_000.0

    def now(self) -> float:
        return self.at

    def monotonic(self) -> float:
        return self.at - 1_789_000_000.0


@dataclass
class Teller:
    """A collector whose raw answers can be kept. ``known`` is what it knows of every device."""

    known: bytes = b"a portrait"
    told: Witness | None = None

    async def collect(self, *_: Any) -> Collected:
        return Collected()

    async def identify(self, *_: Any) -> tuple[()]:
        return ()

    async def aclose(self) -> None:
        return None

    def witness(self, told: Witness | None) -> None:
        self.told = told

    def portrait(self, _asset: Asset) -> bytes:
        return self.known


class Empty:
    """A ledger in which nothing is open."""

    def open_alerts(self) -> tuple[()]:
        return ()

    def memories(self, room: str) -> tuple[Memory, ...]:
        del room
        return ()

    def device_states(self) -> tuple[()]:
        return ()


@dataclass
class House:
    """Recordings over a clock of their own; every device answers every ten seconds. ``seen``: polls handed on."""

    settings: Settings
    clock: Clock = field(default_factory=Clock)
    teller: Teller = field(default_factory=Teller)
    seen: list[Polled] = field(default_factory=list)
    ledger: Empty = field(default_factory=Empty)

    def __post_init__(self) -> None:
        self.recordings = Recordings(self.settings, {"scripted": self.teller}, {}, self.clock)
        self.recordings.open(cast("Store", self.ledger))
        self.sinks = (*self.recordings.sinks, self.seen.append)

    @property
    def now(self) -> float:
        return self.clock.at

    @property
    def kept(self) -> Path:
        return self.settings.state / "recordings" / "kept"

    async def live(self, seconds: float) -> None:
        for _ in range(round(seconds / 10.0)):
            self.clock.at += 10.0
            mono = self.clock.monotonic()
            for asset in self.settings.assets:
                if self.teller.told is not None:
                    answer = f"{asset.id} at {self.now:.0f}".encode() * 20
                    self.teller.told(asset.id, Exchange(b"q", answer, mono - 0.1, mono))
                polled = Polled(asset, self.now, 0.0, 0.1, HERE, HERE, Collected(), None, cheap=False)
                for sink in self.sinks:
                    sink(polled)
            await self.recordings.turn()

    def keep(self, start: float, end: float, name: str = "mine", *devices: str) -> None:
        self.recordings.keep(Wanted(name, start, end, devices, "a test"))

    def moments(self, name: str = "mine") -> list[float]:
        """Return when the polls of a recording were made, which every byte of it must be right for."""
        recording = Recording.open(self.kept / name)
        assert recording.manifest.complete
        return sorted({event.at for event in recording.events() if isinstance(event, Poll)})


@pytest.fixture
def house(plan_of: Callable[..., Any]) -> Callable[..., House]:
    def made(*devices: str, **terms: Any) -> House:
        return House(plan_of(*(devices or ("ups-a",)), recordings=terms).settings)

    return made


async def test_of_a_time_that_the_ring_only_partly_remembers_that_part_is_kept(
    house: Callable[..., House],
) -> None:
    site = house(ring="2min")
    began = site.now
    await site.live(600.0)
    asked = site.now
    site.keep(asked - 400.0, asked + 50.0)
    await site.live(120.0)

    found = site.moments()
    (one,) = site.recordings.listed()
    assert found == [at for at in found if asked - 120.0 - LASTS <= at <= asked + 50.0 + LASTS]
    assert set(range(round(asked - 110), round(asked + 50), 10)) <= set(map(round, found))
    assert began < one.start <= found[0], "it says since when it really is"


async def test_of_a_time_that_is_over_nothing_after_it_is_kept(house: Callable[..., House]) -> None:
    site = house()
    await site.live(700.0)
    asked = site.now
    site.keep(asked - 500.0, asked - 380.0)
    await site.live(10.0)

    found = site.moments()
    assert found[0] <= asked - 490.0
    assert asked - 380.0 - 10.0 <= found[-1] <= asked - 380.0 + LASTS


async def test_a_time_to_come_begins_when_it_comes_with_what_is_known_then(
    house: Callable[..., House],
) -> None:
    site = house()
    await site.live(30.0)
    start = site.now + 600.0
    site.keep(start, start + 100.0)
    assert not (site.kept / "mine").exists()
    await site.live(300.0)
    site.teller.known = b"another family"
    await site.live(900.0)

    found = site.moments()
    assert start - LASTS <= found[0] <= start
    assert start + 100.0 - 10.0 <= found[-1] <= start + 100.0 + LASTS
    first = next(Recording.open(site.kept / "mine").events())
    assert isinstance(first, Drawn)
    assert first.portrait == b"another family"


async def test_one_that_is_ended_before_it_began_leaves_nothing(house: Callable[..., House]) -> None:
    site = house()
    await site.live(30.0)
    site.keep(site.now + 600.0, site.now + 700.0)
    site.recordings.stop("mine")
    await site.live(10.0)
    assert list(site.recordings.listed()) == []
    assert list(site.kept.iterdir()) == []
    with pytest.raises(RecordingRefused, match="no recording 'mine'"):
        site.recordings.stop("mine")


async def test_two_at_once_are_two_and_a_name_is_given_once(house: Callable[..., House]) -> None:
    site = house("ups-a", "ups-b")
    await site.live(60.0)
    asked = site.now
    site.keep(asked - 50.0, asked + 20.0, "one")
    site.keep(asked, asked + 400.0, "two", "ups-b")
    with pytest.raises(RecordingRefused, match="there is a recording 'one'"):
        site.keep(asked, asked + 10.0, "one")
    await site.live(100.0)
    site.recordings.stop("two")
    await site.live(10.0)

    one, two = site.moments("one"), site.moments("two")
    assert one[0] <= asked - 40.0
    assert one[-1] < two[-1] <= asked + 110.0
    by_name = {found.name: found for found in site.recordings.listed()}
    assert (by_name["one"].devices, by_name["two"].devices) == (("ups-a", "ups-b"), ("ups-b",))


@pytest.mark.parametrize(
    "name",
    ["", "..", "../mine", "a/b", "/etc", "a\0b", "a.tar", "-a", "Mine", "x" * 64, "mine\n", "mine.new"],
)
async def test_a_name_that_could_be_a_path_is_refused(house: Callable[..., House], name: str) -> None:
    site = house()
    await site.live(10.0)
    with pytest.raises(RecordingRefused, match="a name has letters"):
        site.keep(site.now, site.now + 10.0, name)
    await site.live(20.0)
    assert list(site.kept.iterdir()) == []
    assert list(site.recordings.files(name)) == []


@pytest.mark.parametrize(
    ("start", "end", "devices", "why"),
    [
        (0.0, 10.0, ("ups-b",), "no device that can be recorded: ups-b"),
        (10.0, 0.0, (), "ends before it begins"),
        (0.0, 0.0, (), "ends before it begins"),
        (0.0, LONGEST + 1.0, (), "lasts longer than 24 h"),
        (-5000.0, -1000.0, (), "the last 15 min are remembered"),
        (LONGEST + 10.0, LONGEST + 20.0, (), "begins more than 24 h ahead"),
        (float("nan"), 10.0, (), "ends before it begins"),
        (253402300799.0 - 1_790_000_000.0, 1e12, (), "a time that is none"),
    ],
)
async def test_what_makes_no_sense_is_refused_with_the_reason(
    house: Callable[..., House], start: float, end: float, devices: tuple[str, ...], why: str
) -> None:
    site = house()
    with pytest.raises(RecordingRefused, match=why):
        site.keep(site.now + start, site.now + end, "mine", *devices)


async def test_a_time_that_is_refused_is_told_as_the_site_reads_it_with_its_zone(
    house: Callable[..., House],
) -> None:
    settings = house().settings
    here = replace(settings.site, time_zone="Africa/Casablanca")  # an hour ahead of UTC then
    site = House(replace(settings, site=here))
    with pytest.raises(RecordingRefused) as refused:
        site.keep(site.now - 5000.0, site.now - 1000.0)
    assert str(refused.value) == (
        "2026-09-21 13:50:00 to 2026-09-21 14:56:40 (Africa/Casablanca): the last 15 min are remembered, "
        "what came before 2026-09-21 14:58:20 is not"
    )


async def test_what_came_before_the_daemon_began_is_refused_and_not_lost_without_a_word(
    house: Callable[..., House],
) -> None:
    """It is no older than the ring, and yet nobody remembers it."""
    site = house()
    with pytest.raises(RecordingRefused, match="nothing is remembered of what came before"):
        site.keep(site.now - 60.0, site.now - 30.0)
    began = site.now
    await site.live(100.0)
    with pytest.raises(RecordingRefused, match="nothing is remembered of what came before"):
        site.keep(began - 60.0, began - 30.0)
    site.keep(began - 60.0, began + 30.0)
    await site.live(20.0)
    assert site.moments()[0] >= began
    (made,) = site.recordings.listed()
    assert made.start >= began, "it says from when on it is"


async def test_what_is_too_old_is_forgotten_and_not_handed_out(house: Callable[..., House]) -> None:
    site = house(keep="1h")
    await site.live(20.0)
    site.keep(site.now - 10.0, site.now + 10.0)
    await site.live(30.0)
    assert list(site.recordings.files("mine"))
    site.clock.at += 3600.0
    await site.live(620.0)

    assert list(site.recordings.listed()) == []
    assert list(site.recordings.files("mine")) == []
    assert list(site.kept.iterdir()) == []


async def test_a_daemon_that_starts_again_has_what_was_kept_and_ends_what_went_on(
    house: Callable[..., House],
) -> None:
    site = house()
    await site.live(100.0)
    site.keep(site.now - 50.0, site.now + 1000.0)
    site.keep(site.now + 5000.0, site.now + 6000.0, "later")
    await site.live(100.0)
    last = site.now
    await site.recordings.aclose()
    finished = Recording.open(site.kept / "mine")
    assert finished.manifest.complete, "a daemon that ends in order finishes what goes on"
    assert (finished.manifest.end, finished.manifest.cut_off) == (last, last + 900.0)
    (note,) = finished.notes
    assert note.endswith("Z, 900 s before it was to be over")

    after = House(site.settings, Clock(last + 30.0))
    found = after.moments()
    (one,) = after.recordings.listed()
    assert found[-1] == last
    assert one.why == "a test"
    with pytest.raises(RecordingRefused, match="there is a recording 'mine'"):
        after.keep(after.now, after.now + 10.0)
    await after.live(60.0)
    assert after.moments() == found, "nothing is added to it"


async def test_a_full_disk_is_told_costs_no_poll_and_what_follows_is_whole(
    house: Callable[..., House],
) -> None:
    site = house()
    await site.live(50.0)
    site.keep(site.now - 50.0, site.now + 300.0)
    await site.live(20.0)
    ring = site.settings.state / "recordings" / "ring"
    current = max(ring.iterdir())
    current.unlink()
    current.symlink_to("/dev/full")  # every write there fails as on a full disk
    full_from = site.now
    await site.live(10.0)
    assert "No space left" in site.recordings.trouble
    current.unlink()
    await site.live(400.0)

    assert site.recordings.trouble == ""
    assert len(site.seen) == 48
    found = site.moments()
    lost = {round(full_from + 10.0), round(full_from + 20.0)}  # of that turn, and until the next one
    assert set(range(round(full_from - 50), round(full_from + 270), 10)) - set(map(round, found)) <= lost
    portraits = [one for one in Recording.open(site.kept / "mine").events() if isinstance(one, Drawn)]
    assert len(portraits) >= 2, "what is known of a device is written again after what was lost"


async def test_a_folder_that_somebody_took_away_is_no_trouble_for_long(house: Callable[..., House]) -> None:
    site = house()
    await site.live(20.0)
    site.keep(site.now, site.now + 1000.0)
    await site.live(10.0)
    for path in (*(site.kept / "mine" / "config").iterdir(), *(site.kept / "mine").glob("*.*")):
        path.unlink()
    (site.kept / "mine" / "config").rmdir()
    (site.kept / "mine").rmdir()
    await site.live(200.0)
    assert site.recordings.trouble == ""
    assert list(site.recordings.listed()) == []
    site.keep(site.now - 30.0, site.now + 10.0)
    await site.live(20.0)
    assert site.moments()


async def test_where_no_folder_can_be_made_nothing_is_recorded_and_every_poll_goes_on(
    plan_of: Callable[..., Any],
) -> None:
    settings = plan_of("ups-a").settings
    settings.state.mkdir()
    (settings.state / "recordings").write_text("a file stands here", encoding="utf-8")
    site = House(settings)
    await site.live(30.0)
    assert (site.recordings.on, len(site.seen), site.teller.told) == (False, 3, None)
    assert "File exists" in site.recordings.trouble or "Not a directory" in site.recordings.trouble
    with pytest.raises(RecordingRefused, match="nothing is recorded"):
        site.keep(site.now, site.now + 10.0)


async def test_switched_off_nothing_is_written(house: Callable[..., House]) -> None:
    site = house(enabled=False)
    await site.live(30.0)
    assert not (site.settings.state / "recordings").exists()
    with pytest.raises(RecordingRefused, match="switched off"):
        site.keep(site.now, site.now + 10.0)


# incidents


def happened(site: House, change: str, opened: float, name: str = INCIDENT) -> None:
    body: dict[str, Json] = {"change": change, "opened_at": opened}
    site.recordings.written(Work(facts=(Fact(FactKind.INCIDENT, site.now, name, body),)))


async def test_the_time_around_an_incident_is_kept_by_itself_with_what_came_before(
    house: Callable[..., House],
) -> None:
    site = house(ring="2min", after="1min")
    await site.live(400.0)
    opened = site.now
    await site.live(10.0)
    happened(site, "raised", opened)
    await site.live(100.0)
    assert site.recordings.name_of(INCIDENT) == "", "it still goes on"
    happened(site, "cleared", opened)
    cleared = site.now
    await site.recordings.turn()
    assert Recording.open(site.kept / "incident-3f2a91c0e1b2").manifest.end == cleared + 60.0, "and the disk"
    await site.live(130.0)

    name = site.recordings.name_of(INCIDENT)
    found = site.moments(name)
    (one,) = site.recordings.listed()
    assert name == "incident-3f2a91c0e1b2"
    assert (one.incident, one.why) == (INCIDENT, "an incident")
    assert found[0] <= opened - 110.0
    assert cleared + 50.0 <= found[-1] <= cleared + 60.0 + LASTS


@dataclass
class Standing(Empty):
    """A ledger in which an incident stands, of which people were told or not."""

    opened: float
    told: bool = True

    def memories(self, room: str) -> tuple[Memory, ...]:
        body: dict[str, Json] = {"told": self.told, "opened_at": self.opened}
        return (Memory(room, INCIDENT, body),) if room == INCIDENTS else ()


async def test_what_comes_of_an_incident_after_a_restart_is_kept_too(house: Callable[..., House]) -> None:
    """A kill in the middle of it would otherwise leave its end to nobody."""
    site = house(ring="2min", after="1min")
    await site.live(60.0)
    opened = site.now
    happened(site, "raised", opened)
    await site.live(60.0)
    died = site.now

    after = House(site.settings, Clock(died + 30.0), ledger=Standing(opened))
    await after.live(100.0)
    happened(after, "cleared", opened)
    cleared = after.now
    await after.live(130.0)

    first, second = after.moments("incident-3f2a91c0e1b2"), after.moments("incident-3f2a91c0e1b2-2")
    assert first[-1] <= died < second[0] <= died + 50.0
    assert cleared + 50.0 <= second[-1] <= cleared + 60.0 + LASTS
    assert [one.why for one in after.recordings.listed()] == ["an incident, since a restart", "an incident"]
    assert after.recordings.name_of(INCIDENT) == "incident-3f2a91c0e1b2", "its page leads to the beginning"


@pytest.mark.parametrize(("told", "ago"), [(False, 60.0), (True, 3700.0)])
async def test_an_incident_that_nobody_heard_of_or_that_is_old_is_not_taken_up_again(
    house: Callable[..., House], told: bool, ago: float
) -> None:
    site = House(house().settings, ledger=Standing(Clock().at - ago, told))
    await site.live(100.0)
    assert list(site.recordings.listed()) == []


async def test_an_incident_without_end_is_kept_for_an_hour(house: Callable[..., House]) -> None:
    site = house(ring="1min")
    await site.live(60.0)
    opened = site.now
    happened(site, "raised", opened)
    await site.live(3700.0)
    found = site.moments("incident-3f2a91c0e1b2")
    assert opened + 3590.0 <= found[-1] <= opened + 3600.0 + LASTS


async def test_who_does_not_want_incidents_kept_has_none(house: Callable[..., House]) -> None:
    site = house(incidents=False)
    await site.live(20.0)
    happened(site, "raised", site.now)
    await site.live(20.0)
    assert list(site.recordings.listed()) == []
