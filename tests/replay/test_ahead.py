"""A recording decoded ahead, in processes beside the player: the same is told, read and refused."""

from __future__ import annotations

import shutil
from array import array
from collections.abc import Mapping
from math import nan
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcim.collect import Collected
from dcim.model import Batch, Gap, GapReason, Identity, Lane, Layout, Meaning, NoAnswer, Points
from dcim.recording.folder import Recording
from dcim.recording.frame import Damaged
from dcim.recording.tape import Act
from dcim.replay.ahead import Ahead, AheadFailed, stretches_of, worth
from dcim.replay.decoder import Mark, NotReplayable, Said
from dcim.replay.log import Log
from dcim.replay.player import Beside, Played, play
from dcim.replay.scene import Scene
from dcim.replay.wire import Block, Noted, Packer, Unpacker

from .stories import LIBRARY

SEVERAL = 3
"""Processes, so that devices that stand beside each other are decoded apart."""


class Seen:
    """A history that remembers all that was read: the points, when, and what; layouts by their turn."""

    def __init__(self) -> None:
        self.all: list[tuple[object, ...]] = []
        self._layouts: dict[Layout, int] = {}

    def append(self, batch: Batch) -> None:
        layout = self._layouts.setdefault(batch.layout, len(self._layouts))
        said = batch.layout
        of = said.asset, said.lane, tuple(said.points), _words(said), said.sources, said.own, said.ids
        self.all.append((layout, of, batch.at, batch.values.tobytes(), dict(batch.gaps)))


def _words(layout: Layout) -> tuple[Mapping[float, Meaning] | None, ...]:
    return tuple(dict(one) if one is not None else None for one in layout.states)


def replayed(folder: Path, ahead: int) -> tuple[Played, Seen, list[tuple[float, int]]]:
    seen, passed = Seen(), []

    def follow(at: float, log: Log) -> None:
        passed.append((at, len(log.lines)))

    beside = Beside(history=seen, follow=follow, ahead=ahead)  # type: ignore[arg-type]
    return play(Scene.of(Recording.open(folder)), beside), seen, passed


NAMES = sorted(path.name for path in LIBRARY.iterdir())


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.long] * (name != "re-index")) for name in NAMES]
)
def test_what_is_told_and_read_is_the_same_whoever_decodes_it(name: str) -> None:
    """Devices that restart, change, fall silent and answer nonsense among them. Pains: E2."""
    here, read, passed = replayed(LIBRARY / name, 0)
    beside, read_beside, passed_beside = replayed(LIBRARY / name, SEVERAL)
    assert beside.log.text() == here.log.text() != ""
    assert read_beside.all == read.all
    assert passed_beside == passed
    assert (beside.polls, beside.seconds, beside.notes) == (here.polls, here.seconds, here.notes)
    assert (beside.otherwise, beside.undecided) == (here.otherwise, here.undecided)


def test_what_is_damaged_is_refused_where_it_is_damaged(tmp_path: Path) -> None:
    folder = tmp_path / "damaged"
    shutil.copytree(LIBRARY / "re-index", folder)
    tape = max(folder.glob("*.tape"))
    data = bytearray(tape.read_bytes())
    data[-len(data) // 3] ^= 0x55
    tape.write_bytes(data)
    found = []
    for ahead in (0, SEVERAL):
        with pytest.raises(Damaged) as refused:
            replayed(folder, ahead)
        found.append((str(refused.value), refused.value.path, refused.value.offset))
    assert found[0] == found[1]


def test_a_process_that_ends_before_its_recording_is_no_end_of_the_recording(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "gone"
    shutil.copytree(LIBRARY / "re-index", folder)
    recording = Recording.open(folder)
    shutil.rmtree(folder)
    ahead = Ahead(recording, 1)
    try:
        with pytest.raises(AheadFailed):
            list(ahead.stretches())
    finally:
        ahead.close()
    assert "there is no manifest" in capfd.readouterr().err


def test_a_short_recording_is_not_worth_a_process() -> None:
    assert worth(Recording.open(LIBRARY / "re-index")) == 0


SHARED = tuple((f"m{number}", (("phase", f"L{number}"),)) for number in range(4))
STATES = {1.0: Meaning("on"), 0.0: Meaning("off")}
LAYOUTS = [
    Layout(name, lane, Points(name, SHARED[:size]), (STATES, *(None,) * (size - 1)), ("1.3",) * size)
    for name in ("a", "b")
    for lane in Lane
    for size in (1, 4)
]
TIMES = st.floats(0.0, 1e9)
GAPS = st.builds(Gap, st.sampled_from(GapReason), st.text(max_size=3))


@st.composite
def batches(draw: st.DrawFn) -> Batch:
    layout = draw(st.sampled_from(LAYOUTS))
    values = array("d", [draw(st.just(nan) | st.floats()) for _ in range(len(layout))])
    gaps = draw(st.dictionaries(st.integers(0, 3), GAPS, max_size=2))
    at = draw(TIMES)
    return Batch(layout, at, values, gaps) if gaps else Batch(layout, at, values)


COLLECTED = st.builds(
    Collected,
    st.lists(batches(), max_size=3).map(tuple),
    st.none() | st.builds(Identity, st.text(max_size=3)),
    st.booleans(),
    st.integers(0, 9),
    st.integers(0, 9),
    st.booleans(),
    st.just("") | st.text(max_size=3),
)
EVENTS = (
    st.builds(Noted, st.text(max_size=5))
    | st.builds(Act, TIMES, st.just({"deed": {"about": "x"}}))
    | st.builds(Said, st.text(max_size=3), TIMES, TIMES, TIMES, TIMES, st.booleans(),
                st.none() | COLLECTED, st.none() | st.builds(NoAnswer, st.text(max_size=3)),
                st.sampled_from(Mark))
)  # fmt: skip


@given(st.lists(EVENTS, max_size=12), st.booleans())
def test_a_stretch_holds_what_happened_in_its_order_and_no_device_twice(
    events: list[Said | Act | Noted], broken: bool
) -> None:
    found: list[Said | Act | Noted] = []
    stretches = stretches_of([*events, *[NotReplayable("it ends here")] * broken])
    try:
        for stretch in stretches:
            polled = [event.asset for event in stretch if isinstance(event, Said)]
            assert len(set(polled)) == len(polled)
            found += stretch
    except NotReplayable:
        assert broken
    else:
        assert not broken
    assert all(one is other for one, other in zip(found, events, strict=True))


def plain(event: object, layouts: dict[Layout, int]) -> object:
    """An event as values that compare; layouts by the turn in which they come."""
    if not isinstance(event, Said):
        return event
    said = event.collected
    told: object = None
    if said is not None:
        rest = said.identity, said.restarted, said.requests, said.retries, said.asked, said.untold
        told = (
            rest,
            [
                (layouts.setdefault(one.layout, len(layouts)), one.at, one.values.tobytes(), dict(one.gaps))
                for one in said.batches
            ],
        )
    failed = event.failure and (type(event.failure), str(event.failure))
    return event._replace(collected=None, failure=None), told, failed


@given(st.lists(st.lists(EVENTS, max_size=6), max_size=4))
def test_what_goes_through_the_pipe_comes_out_as_it_went_in(blocks: list[list[Said | Act | Noted]]) -> None:
    packer, unpacker = Packer(), Unpacker()
    before: dict[Layout, int] = {}
    after: dict[Layout, int] = {}
    for number, events in enumerate(blocks):
        rows = [(number, one) for one in events]
        found = unpacker.unpacked(packer.packed(Block(rows, ("a note",))))
        assert found.notes == ("a note",)
        told = [(at, plain(one, before)) for at, one in rows]
        assert [(at, plain(one, after)) for at, one in found.rows] == told
    for mine, theirs in zip(before, after, strict=True):
        assert (theirs.asset, theirs.lane, tuple(theirs.points)) == (
            mine.asset,
            mine.lane,
            tuple(mine.points),
        )
        assert (theirs.states, theirs.sources, theirs.own) == (mine.states, mine.sources, mine.own)
        assert theirs.ids == mine.ids


def test_what_layouts_have_in_common_is_common_on_the_other_side() -> None:
    """Else each of five hundred strips would have words and names of its own there."""
    packer, unpacker = Packer(), Unpacker()
    points = Points("x", SHARED)
    alike = [
        Layout(name, Lane.FAST, Points(name, points.measured), (STATES,) * 4, ("1.3",) * 4) for name in "ab"
    ]
    found = []
    for one in alike:
        said = Said(
            "x", 0.0, 0.0, 0.0, 0.0, False, Collected((Batch(one, 0.0, array("d", [0.0] * 4)),)), None
        )
        ((_, event),) = unpacker.unpacked(packer.packed(Block([(0, said)]))).rows
        assert isinstance(event, Said)
        assert event.collected is not None
        found.append(event.collected.batches[0].layout)
    assert isinstance(found[0].points, Points)
    assert isinstance(found[1].points, Points)
    assert found[0].points.measured is found[1].points.measured
    assert found[0].states[0] is found[1].states[0]
