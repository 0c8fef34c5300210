"""What polls came to, through a pipe: numbers in large blocks, each layout once. Pure.

    Said, Said, Act...  ─▶ Packer ─▶ bytes ─▶ Unpacker ─▶ Said, Said, Act...

Both ends are this very program. A layout is the same object on the other side whenever it comes again, as it
is on this one, and what several layouts have in common is common there too.
"""

from __future__ import annotations

import pickle
from array import array
from collections.abc import Callable, Mapping, Sequence
from io import BytesIO
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

_Batch: TypeAlias = tuple[int, float, bytes, Mapping[int, Gap] | None]
_Poll: TypeAlias = tuple[str, float, float, float, float, bool, PollError | None, Mark]
_Rest: TypeAlias = tuple[Identity | None, bool, int, int, bool]


class Block(NamedTuple):
    """A stretch of a recording: ``notes`` where it is the last, of the recording as a whole."""

    rows: Sequence[Row]
    notes: Sequence[str] | None = None


class Packer:
    """Packs blocks in their order."""

    def __init__(self) -> None:
        self._buffer = BytesIO()
        self._layouts = pickle.Pickler(self._buffer, _PROTOCOL)  # remembers what it has written
        self._layouts.dispatch_table = {MappingProxyType: _proxy}
        self._numbers: dict[Layout, int] = {}

    def packed(self, block: Block) -> bytes:
        """Return a block as bytes."""
        self._buffer.seek(0)
        self._buffer.truncate()
        known = len(self._numbers)
        rows = [(number, self._event(one)) for number, one in block.rows]
        fresh = len(self._numbers) - known
        return pickle.dumps((fresh, self._buffer.getvalue(), rows, block.notes), _PROTOCOL)

    def _event(self, event: Event | DcimError) -> Any:
        if not isinstance(event, Said):
            return event
        asset, ended, at, late, lasted, cheap, said, failure, mark = event
        poll = asset, ended, at, late, lasted, cheap, failure, mark
        if said is None:
            return poll, None, ()
        rest = said.identity, said.restarted, said.requests, said.retries, said.asked
        return poll, rest, [self._batch(batch) for batch in said.batches]

    def _batch(self, batch: Batch) -> _Batch:
        number = self._numbers.get(batch.layout)
        if number is None:
            number = self._numbers[batch.layout] = len(self._numbers)
            self._layouts.dump(batch.layout)
        return number, batch.at, batch.values.tobytes(), dict(batch.gaps) if batch.gaps else None


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
        fresh, layouts, rows, notes = pickle.loads(data)  # noqa: S301  both ends are ours
        self._buffer.seek(0)
        self._buffer.truncate()
        self._buffer.write(layouts)
        self._buffer.seek(0)
        self._layouts += [self._reading.load() for _ in range(fresh)]
        return Block([(number, self._event(one)) for number, one in rows], notes)

    def _event(self, packed: Any) -> Event | DcimError:
        if type(packed) is not tuple:  # an act, a note, an error
            event: Event | DcimError = packed
            return event
        (asset, ended, at, late, lasted, cheap, failure, mark), rest, batches = packed
        collected = None if rest is None else self._collected(rest, batches)
        return Said(asset, ended, at, late, lasted, cheap, collected, failure, mark)

    def _collected(self, rest: _Rest, batches: Sequence[_Batch]) -> Collected:
        found = []
        for number, at, said, gaps in batches:
            values = array("d")
            values.frombytes(said)
            batch = self._layouts[number], at, values
            found.append(Batch(*batch, gaps) if gaps else Batch(*batch))
        return Collected(tuple(found), *rest)
