"""The last minutes on disk: what is kept of them is whole, bounded, survives a kill and is replayed. Pains: F10, D8."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from dcim.collect import Collected
from dcim.model import Address, Asset, Kind
from dcim.poll import Polled, Presence
from dcim.recording.acts import acts_of
from dcim.recording.chapters import Chapters
from dcim.recording.folder import Recording
from dcim.recording.manifest import Manifest
from dcim.recording.mirror import Mirror, Past, state_of
from dcim.recording.recorder import Recorder
from dcim.recording.ring import LASTS, Bounds, Ring
from dcim.recording.tape import Act, Drawn, Poll
from dcim.store import AlertRow, Work
from dcim.witness import Exchange

UPS = Asset("ups-a", "UPS A", Kind.UPS, "snmp", Address("127.0.0.1", 161))
CONFIG = {"dcim.yaml": b"{}"}


class House:
    """A ring with a clock of its own and a device that answers every ten seconds."""

    def __init__(self, folder: Path, bounds: Bounds | None = None) -> None:
        self.at = 1_000_000.0
        self.recorder = Recorder(lambda _asset: b"portrait", lambda: self.at - 900_000.0)
        self.ring = Ring(folder, self.recorder, ["ups-a"], bounds or Bounds(), "cas1", lambda: CONFIG)
        self.mirror = Mirror(("incident",), self.recorder.known)
        self.ring.open()
        self.turn()

    def turn(self) -> None:
        for step in self.ring.turn(self.at, self.at - 900_000.0):
            step()

    def live(self, seconds: float) -> None:
        for _ in range(round(seconds / 10.0)):
            self.at += 10.0
            answer = f"answer at {self.at:.0f}".encode() * 20
            self.recorder.exchanged("ups-a", Exchange(b"q", answer, self.at - 900_000.1, self.at - 900_000.0))
            here = Presence()
            self.recorder.polled(Polled(UPS, self.at, 0.0, 0.1, here, here, Collected(), None, False))
            self.mirror.take(Work(alerts=(AlertRow("newest", True, self.at, {}),)))
            self.turn()

    def keep(self, start: float, end: float, name: str = "mine") -> None:
        step = self.ring.keep(Manifest(name, "cas1", start, end, ()))
        assert step is not None
        step()


def moments(folder: Path) -> list[float]:
    return [event.at for event in Recording.open(folder).events() if isinstance(event, Poll)]


def test_what_came_before_somebody_asked_is_in_the_recording(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.live(300.0)
    asked = house.at
    house.keep(asked - 200.0, asked + 100.0)
    house.live(200.0)

    recording = Recording.open(tmp_path / "kept" / "mine")
    found = moments(recording.folder)
    assert recording.manifest.complete
    assert found == sorted(found)
    assert set(range(round(asked - 200), round(asked + 100) + 1, 10)) <= {round(at) for at in found}
    assert max(found) <= asked + 100 + LASTS
    first = next(recording.events())
    assert isinstance(first, Drawn)
    assert first.portrait == b"portrait"
    (alert,) = recording.state()["alerts"]
    assert asked - 200.0 - LASTS <= alert["at"] <= asked - 200.0, "what was open is that of the beginning"


def test_the_ring_forgets_and_what_is_kept_stays(tmp_path: Path) -> None:
    house = House(tmp_path, Bounds(ring=120.0))
    house.live(120.0)
    house.keep(house.at - 60.0, house.at + 10.0)
    house.live(600.0)

    assert len(list((tmp_path / "ring").iterdir())) <= 4
    assert moments(tmp_path / "kept" / "mine")


def test_the_ring_is_bounded_in_bytes(tmp_path: Path) -> None:
    house = House(tmp_path, Bounds(ring_bytes=1))
    house.live(600.0)
    assert len(list((tmp_path / "ring").iterdir())) <= 2


def test_what_is_too_old_or_too_much_is_let_go_the_oldest_first(tmp_path: Path) -> None:
    house = House(tmp_path, Bounds(keep=1000.0))
    for name in ("one", "two"):
        house.keep(house.at, house.at + 20.0, name)
        house.live(120.0)
    assert house.ring.overfull(house.at) == []
    assert house.ring.overfull(house.at + 890.0) == ["one"]
    small = Ring(tmp_path, house.recorder, ["ups-a"], Bounds(keep_bytes=1), "cas1", lambda: CONFIG)
    small.open()
    assert small.overfull(house.at) == ["one", "two"]
    small.forget("one")()
    assert not (tmp_path / "kept" / "one").exists()


def written_at(at: float, folder: Path) -> None:
    """Have the files of a recording be as old as they would be if its time were the machine's."""
    for path in folder.glob("*.tape"):
        os.utime(path, (at, at))


def test_a_recording_that_a_kill_cut_off_is_mended_and_read(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.keep(house.at, house.at + 1000.0)
    house.live(150.0)
    last = sorted((tmp_path / "kept" / "mine").glob("*.tape"))[-1]
    last.write_bytes(last.read_bytes() + b"DCR1B\0\0")  # a frame that was being written
    wanted = house.ring.kept["mine"].manifest.end
    written_at(house.at, tmp_path / "kept" / "mine")

    after = House(tmp_path)  # the next daemon

    recording = Recording.open(tmp_path / "kept" / "mine")
    assert recording.manifest.complete
    assert len(moments(recording.folder)) == 15
    manifest = after.ring.kept["mine"].manifest
    assert manifest.complete
    assert (manifest.end, manifest.cut_off) == (house.at, wanted), "it is not told as if it were whole"
    assert House(tmp_path).ring.kept["mine"].manifest == manifest, "nor by the daemon after the next"


def test_a_recording_that_was_over_when_the_daemon_was_killed_is_whole(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.keep(house.at, house.at + 100.0)
    house.live(90.0)
    written_at(house.at + 20.0, tmp_path / "kept" / "mine")
    assert House(tmp_path).ring.kept["mine"].manifest.cut_off == 0.0


def test_an_end_that_was_moved_is_on_disk_when_the_daemon_is_killed(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.keep(house.at, house.at + 3600.0)
    house.live(50.0)
    wanted = house.at + 300.0
    house.ring.extend("mine", wanted)
    house.live(20.0)
    written_at(house.at, tmp_path / "kept" / "mine")
    assert Recording.open(tmp_path / "kept" / "mine").manifest.end == wanted

    manifest = House(tmp_path).ring.kept["mine"].manifest
    assert (manifest.end, manifest.cut_off) == (house.at, wanted)


def test_an_end_that_the_disk_did_not_take_is_written_at_the_next_turn(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.keep(house.at, house.at + 3600.0)
    house.live(10.0)
    folder = tmp_path / "kept" / "mine"
    (folder / "manifest.json.new").mkdir()  # nothing can be written there
    wanted = house.at + 300.0
    house.ring.extend("mine", wanted)
    with pytest.raises(OSError, match=r"manifest\.json"):
        house.turn()
    (folder / "manifest.json.new").rmdir()
    house.turn()
    assert Recording.open(folder).manifest.end == wanted


def test_of_too_many_incidents_at_once_the_first_are_kept(tmp_path: Path) -> None:
    house = House(tmp_path)
    made = [house.ring.keep(Manifest(f"i{n}", "cas1", house.at, house.at + 9.0, ())) for n in range(70)]
    assert [step is not None for step in made] == [True] * 64 + [False] * 6
    assert house.ring.keep(Manifest("i3", "cas1", house.at, house.at + 9.0, ())) is None


def test_a_mirror_knows_what_is_open() -> None:
    known: Past = Chapters()
    mirror = Mirror(("incident",), known)
    row = AlertRow("k", True, 5.0, {"rule": "r"})
    mirror.take(Work(alerts=(row, AlertRow("other", True, 6.0, {}))))
    mirror.take(Work(alerts=(replace(row, open=False, key="other"),)))
    state = state_of(known.now())
    assert state["alerts"] == [{"key": "k", "at": 5.0, "body": {"rule": "r"}}]
    assert json.loads(json.dumps(state)) == state


@pytest.mark.parametrize("work", [Work(), Work(alerts=(AlertRow("k", True, 5.0, {}),))])
def test_what_nobody_did_is_no_act(work: Work) -> None:
    assert list(acts_of(work)) == []


def test_that_devices_were_asked_out_of_turn_is_kept_once_a_moment_before_they_are(tmp_path: Path) -> None:
    house, asked = House(tmp_path), []
    ask = house.recorder.asking(lambda device: asked.append((device, house.at)), lambda: house.at - 900_000.0)
    house.live(10.0)
    house.at += 1.0
    for device in ("ups-a", "ups-b"):
        ask(device)
    first = house.at
    house.live(10.0)
    ask("ups-a")
    second = house.at
    house.live(10.0)
    house.keep(first - 5.0, house.at)
    house.live(100.0)

    acts = [one for one in Recording.open(tmp_path / "kept" / "mine").events() if isinstance(one, Act)]
    assert [(one.at + 900_000.0, one.body) for one in acts] == [
        (at, {"asked": True}) for at in (first, second)
    ]
    assert asked == [("ups-a", first), ("ups-b", first), ("ups-a", second)]
