"""What polls came to, through a pipe: numbers in columns of many polls, each layout once. Pure.

    Said, Said, Act...  ─▶ Packer ─▶ bytes ─▶ Unpacker ─▶ Said, Said, Act...

Both ends are this very program. A layout is the same object on the other side whenever it comes again, as it
is on this one, and what several layouts have in common is common there too.
"""

from __future__ import annotations

import pickle
from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from io import BytesIO
from itertools import accumulate, pairwise, repeat, starmap
from types import MappingProxyType
from typing import Any, Final, NamedTuple, TypeAlias

from dcim.collect import Collected
from dcim.model import Batch, DcimError, Gap, Identity, Layout, PollError
from dcim.recording.tape import Act
from dcim.replay.decoder import Mark, Said

_PROTOCOL: Final = pickle.HIGHEST_PROTOCOL


class Noted(NamedTuple):
    """Something to know about a recording that came up at this place of it."""

    text: str


Event: TypeAlias = Said | Act | Noted
Row: TypeAlias = tuple[int, Event | DcimError]
"""What happened, or how it ended, with its number in the recording."""

_Poll: TypeAlias = tuple[str, float, float, float, float, bool, PollError | None, Mark]
_Rest: TypeAlias = tuple[Identity | None, bool, int, int, bool, str]


class Block(NamedTuple):
    """A stretch of a recording: ``notes`` where it is the last, of the recording as a whole."""

    rows: Sequence[Row]
    notes: Sequence[str] | None = None


class _Polls(NamedTuple):
    """Polls that were answered, as nearly all are, in columns: of the polls, then of their batches."""

    numbers: Sequence[int]  # in the recording
    assets: Sequence[str]
    times: bytes  # of each when it ended, twice, how late it was, how long it took
    cheap: Sequence[bool]
    requests: Sequence[int]
    retries: Sequence[int]
    asked: Sequence[bool]
    batches: Sequence[int]  # so many
    layouts: Sequence[int]
    at: bytes
    ends: Sequence[int]  # of the values of each
    values: bytes
    gaps: Mapping[int, Mapping[int, Gap]]


class Packer:
    """Packs blocks in their order."""

    def __init__(self) -> None:
        self._buffer = BytesIO()
        self._pickler = pickle.Pickler(self._buffer, _PROTOCOL)  # remembers what it has written
        self._pickler.dispatch_table = {MappingProxyType: _proxy}
        self._numbers: dict[Layout, int] = {}

    def packed(self, block: Block) -> bytes:
        """Return a block as bytes."""
        self._buffer.seek(0)
        self._buffer.truncate()
        known = len(self._numbers)
        usual = [_usual(event) for _, event in block.rows]
        polls, rest = [], []
        for (number, event), poll in zip(block.rows, usual, strict=True):
            if poll is None:
                rest.append((number, self._event(event)))
            else:
                polls.append((number, *poll))
        columns = tuple(self._polls(polls))
        fresh = len(self._numbers) - known
        which = bytes([poll is not None for poll in usual])
        parts = fresh, self._buffer.getvalue(), which, columns, rest, block.notes
        return pickle.dumps(parts, _PROTOCOL)

    def _polls(self, rows: Sequence[tuple[int, Said, Collected]]) -> _Polls:
        said = [collected for _, _, collected in rows]
        batches = [batch for one in said for batch in one.batches]
        times = array("d")
        for _, one, _ in rows:
            times.extend((one.ended, one.at, one.late, one.lasted))
        return _Polls(
            [number for number, _, _ in rows],
            [one.asset for _, one, _ in rows],
            times.tobytes(),
            [one.cheap for _, one, _ in rows],
            [one.requests for one in said],
            [one.retries for one in said],
            [one.asked for one in said],
            [len(one.batches) for one in said],
            [self._layout(batch.layout) for batch in batches],
            array("d", [batch.at for batch in batches]).tobytes(),
            [*accumulate([len(batch.values) for batch in batches])],
            b"".join([batch.values for batch in batches]),
            {at: dict(batch.gaps) for at, batch in enumerate(batches) if batch.gaps},
        )

    def _event(self, event: Event | DcimError) -> Any:
        if not isinstance(event, Said):
            return event
        asset, ended, at, late, lasted, cheap, said, failure, mark = event
        poll = asset, ended, at, late, lasted, cheap, failure, mark
        if said is None:
            return poll, None, ()
        rest = said.identity, said.restarted, said.requests, said.retries, said.asked, said.untold
        batches = [(self._layout(one.layout), one.at, one.values, dict(one.gaps)) for one in said.batches]
        return poll, rest, batches

    def _layout(self, layout: Layout) -> int:
        number = self._numbers.get(layout)
        if number is None:
            number = self._numbers[layout] = len(self._numbers)
            self._pickler.dump(layout)
        return number


def _usual(event: Event | DcimError) -> tuple[Said, Collected] | None:
    """Return a poll, and what it brought, if that is all there is to tell of it."""
    if not isinstance(event, Said) or event.mark is not Mark.SAME or event.failure is not None:
        return None
    said = event.collected
    if said is None or said.identity is not None or said.restarted or said.untold:
        return None
    return event, said


def _proxy(seen: Mapping[Any, Any]) -> tuple[Callable[..., Any], tuple[dict[Any, Any]]]:
    return _seen, (dict(seen),)


def _seen(what: dict[Any, Any]) -> Mapping[Any, Any]:
    """Return what only looks at a mapping: by a name that can be called from the other side."""
    return MappingProxyType(what)


class Unpacker:
    """Unpacks the blocks of one packer in their order."""

    def __init__(self) -> None:
        self._buffer = BytesIO()
        self._reading = pickle.Unpickler(self._buffer)  # noqa: S301  both ends are ours
        self._layouts: list[Layout] = []

    def unpacked(self, data: bytes) -> Block:
        """Return the next block."""
        fresh, layouts, usual, polls, rest, notes = pickle.loads(data)  # noqa: S301  both ends are ours
        self._buffer.seek(0)
        self._buffer.truncate()
        self._buffer.write(layouts)
        self._buffer.seek(0)
        self._layouts += [self._reading.load() for _ in range(fresh)]
        said = self._said(_Polls(*polls))
        others = ((number, self._event(one)) for number, one in rest)
        return Block([next(said) if is_usual else next(others) for is_usual in usual], notes)

    def _said(self, polls: _Polls) -> Iterator[Row]:
        """Return those that came in columns."""
        batches = self._batches(polls)
        ends = accumulate(polls.batches, initial=0)
        parts = [tuple(batches[begin:end]) for begin, end in pairwise(ends)]
        said = map(Collected, parts, repeat(None), repeat(False), polls.requests, polls.retries, polls.asked)
        times = _numbers(polls.times)
        ended, at, late, lasted = (times[place::4] for place in range(4))
        rows = zip(polls.numbers, polls.assets, ended, at, late, lasted, polls.cheap, said, strict=True)
        for number, *poll in rows:
            yield number, Said._make((*poll, None, Mark.SAME))

    def _batches(self, polls: _Polls) -> list[Batch]:
        values, layouts = _numbers(polls.values), map(self._layouts.__getitem__, polls.layouts)
        parts = [values[begin:end] for begin, end in pairwise((0, *polls.ends))]
        found = list(map(Batch, layouts, _numbers(polls.at), parts))
        for number, gaps in polls.gaps.items():
            found[number].gaps = gaps
        return found

    def _event(self, packed: Any) -> Event | DcimError:
        if type(packed) is not tuple:  # an act, a note, an error
            event: Event | DcimError = packed
            return event
        poll, rest, batches = packed
        asset, ended, at, late, lasted, cheap, failure, mark = poll
        collected = None if rest is None else Collected(tuple(starmap(self._batch, batches)), *rest)
        return Said(asset, ended, at, late, lasted, cheap, collected, failure, mark)

    def _batch(self, layout: int, at: float, values: array[float], gaps: Mapping[int, Gap]) -> Batch:
        made = Batch(self._layouts[layout], at, values)
        if gaps:
            made.gaps = gaps
        return made


def _numbers(packed: bytes) -> array[float]:
    numbers = array("d")
    numbers.frombytes(packed)
    return numbers
