"""What is found out of a device beside its polls: all that it answers, and what a recording holds."""

from __future__ import annotations

import dataclasses
import errno
import stat
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final, Protocol, runtime_checkable

from dcim.model import Asset, Batch, Identity
from dcim.record import dataclass

_HANDFUL: Final = 5
_NO_FILES: Final = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


@dataclasses.dataclass(frozen=True, slots=True)
class Explored:
    """What a device answers below the trees of its profiles, or of its maker where it has none.

    ``unused`` are the answers that no point, name or identity is made of: their place and what stood there.
    ``whole`` is False where time or patience ended first; ``profiles`` are those that it is read with.
    ``superseded``: see ``Decoded``. ``left_out``: what reading itself did not get of the tables, and why.
    ``notes`` say which rows it left out or could not name, and why.
    ``fitting``: families it is not read with, the tree of each that it answers too, and how many answers.
    """

    fitting: tuple[tuple[str, str, int], ...] = dataclasses.field(default=(), kw_only=True)
    left_out: tuple[str, ...] = dataclasses.field(default=(), kw_only=True)
    notes: tuple[str, ...] = dataclasses.field(default=(), kw_only=True)
    profiles: tuple[str, ...] = ()
    answers: int = 0
    unused: tuple[tuple[str, str], ...] = ()
    greeting: Mapping[str, str] = dataclasses.field(default_factory=dict)
    vendor: str = ""  # who owns the number that the device calls itself by
    whole: bool = True
    superseded: tuple[Batch, ...] = ()


@runtime_checkable
class Explores(Protocol):
    """What a collector may offer beside: a look at all that a device answers."""

    async def explore(self, asset: Asset, deadline: float, *, walk: bool = True) -> Explored:
        """Walk what the device has, by the deadline (``loop.time()`` seconds). Raises as ``collect``.

        Without ``walk`` ask no more than what it says to anybody: the greeting.
        """
        ...


@runtime_checkable
class ListsBeside(Protocol):
    """What a collector may offer beside: the other devices that are reached by the same address."""

    async def beside(self, asset: Asset) -> Sequence[Mapping[str, int | str]]:
        """Return with which options of its own section each of the others answers; few are looked for."""
        ...


@dataclass(frozen=True, slots=True)
class Trouble:
    """Answers of one kind that bring no value, met while a device was recognised.

    ``kind`` is what came, ``hint`` what to look at, ``asked`` the questions that were answered so.
    """

    kind: str
    hint: str
    asked: tuple[str, ...]


@runtime_checkable
class TellsTroubles(Protocol):
    """What a collector may offer beside: what kept it from recognising a device."""

    def troubles(self, asset: Asset) -> tuple[Trouble, ...]:
        """Return what came instead of values when ``identify`` found no profile for this device."""
        ...


@dataclass(frozen=True, slots=True)
class Unread:
    """Lines of a recording that are not, or not wholly, in what it says: ``first`` of ``count``, and why.

    ``first`` are numbers of lines, the first line is 1, with words for people.
    """

    count: int = 0
    first: tuple[tuple[int, str], ...] = ()

    @classmethod
    def of(cls, found: Iterable[tuple[int, str]]) -> Unread:
        """Return the count of all, and a handful of them: a file may be nothing but such lines."""
        count, first = 0, []
        for one in found:
            count += 1
            if count <= _HANDFUL:
                first.append(one)
        return cls(count, tuple(first))


def whole_lines(path: Path, most: int) -> tuple[bytes, str]:
    """Return the lines that stand whole in the first ``most`` bytes of a file, and why it is read no further.

    Where it is read to its end there is no such reason. Raise OSError if the file cannot be read, or is none:
    a pipe would be waited for, and a device has no end.
    """
    mode = path.stat().st_mode
    if not stat.S_ISREG(mode):
        kind = next((word for is_one, word in _NO_FILES if is_one(mode)), "no regular file")
        raise OSError(errno.EINVAL, f"is {kind}: expected a file", str(path))
    with path.open("rb") as file:
        raw = file.read(most + 1)
    if len(raw) <= most:
        return raw, ""
    end = max(raw.rfind(b"\n"), raw.rfind(b"\r")) + 1
    return raw[:end], f"from here on nothing is read: the file has more than {most >> 20} MiB"


@dataclasses.dataclass(frozen=True, slots=True)
class Decoded:
    """What a recording holds, decoded with no network: the same code path as a poll.

    ``greeting`` is what the device says of itself to anybody, by the protocol's own names (``sysObjectID``):
    all there is to know of one that no profile fits. ``superseded`` are values of points for which the
    device has a better place, which the poll reads instead: right in themselves, and good to compare with.
    """

    unread: Unread = dataclasses.field(default=Unread(), kw_only=True)
    profile: str | None
    identity: Identity
    batches: tuple[Batch, ...]
    reason: str = ""  # why this profile
    greeting: Mapping[str, str] = dataclasses.field(default_factory=dict)
    superseded: tuple[Batch, ...] = ()
