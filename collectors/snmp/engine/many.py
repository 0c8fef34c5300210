"""Answers of one shape that have come together, read in one go: where there is nothing but numbers.

    every answer   30 L 06 n name tag n content   30 L ...      one behind the other, as one run of bytes
    step by step   the length byte of slot 0 of all of them, of slot 1 of all of them, ...: where each begins
    at once        all names and types against those known; all contents

What it does not recognise is left to the readers of one answer, so the result is theirs. A step takes the
same time for one answer as for a hundred, so few together are better read one by one.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from collectors.snmp.engine.value import NUMBERS, Tag
from dcim.late import np

if TYPE_CHECKING:
    from numpy.typing import NDArray

WORTH: Final = 64
"""Answers from which reading them together is cheaper than one by one."""

_WORD: Final = 8  # bytes looked at at once: as many as a number has at most
_OPENING: Final = 2  # bytes before a head: 30 and a length that nobody looks at

Part: TypeAlias = tuple[bytes, int, int]
"""A message, and where its varbinds begin and end."""


class Row(NamedTuple):
    """The numbers of one answer, as int64; ``cells`` are the same as float64, one behind the other."""

    values: array[int]
    cells: bytes


class Together:
    """Reads answers with these heads (``06 n name tag``) and types, all of which are numbers."""

    def __init__(self, heads: Sequence[bytes], tags: bytes) -> None:
        looks = [(slot, at, head) for slot, head in enumerate(heads) for at in _places(len(head))]
        self._steps = [_OPENING + len(head) + 1 for head in heads]
        self._slots = np.array([slot for slot, _, _ in looks])
        self._offsets = np.array([[_OPENING + at] for _, at, _ in looks])
        words = b"".join([head[at : at + _WORD] for _, at, head in looks])
        self._known = np.frombuffer(words, "<u8").reshape(-1, 1)
        self._sizes = np.array([[step] for step in self._steps])
        self._signed = np.array([[tag == Tag.INTEGER] for tag in tags])

    @classmethod
    def of(cls, heads: Sequence[bytes], tags: bytes) -> Together | None:
        """Return what reads these; None where something is no number, or has hardly a name."""
        fits = NUMBERS.issuperset(tags) and min(map(len, heads), default=0) >= _WORD
        return cls(heads, tags) if fits else None

    def read(self, parts: Sequence[Part]) -> list[Row | None]:
        """Return the numbers of each answer; None where aught else differs, or a width is rare."""
        lengths = [end - start for _, start, end in parts]
        # a byte before it, so that the byte of a length stands where the content behind it begins
        run = b"".join([b"\0", *[data[start:end] for data, start, end in parts], bytes(2 * _WORD)])
        ends = np.cumsum(lengths)
        places = self._places(run, ends)
        good = places[-1] == ends
        places[:, ~good] = 0  # anywhere: it is looked at for nothing
        words = np.ndarray((len(run) - _WORD,), "<u8", run, 1, (1,))
        good &= (words[places[self._slots] + self._offsets] == self._known).all(axis=0)
        begins = places[:-1] + self._sizes
        widths = places[1:] - begins
        good &= ((widths > 0) & (widths <= _WORD)).all(axis=0)
        return self._rows(words[begins], widths, good)

    def _places(self, run: bytes, ends: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return where each slot of each answer begins if all lengths are true, and where the last ends."""
        octets = np.frombuffer(run, np.uint8)
        places = np.empty((len(self._steps) + 1, len(ends)), np.int64)
        places[0, 0], places[0, 1:] = 0, ends[:-1]
        before = places[0]
        for here, step in zip(places[1:], self._steps, strict=True):
            np.add(before, step, out=here)
            here += octets.take(here, mode="clip")  # what leads beyond the end comes back to none
            before = here
        return places

    def _rows(
        self, words: NDArray[np.uint64], widths: NDArray[np.int64], good: NDArray[np.bool_]
    ) -> list[Row | None]:
        """Return the numbers in the first ``widths`` bytes of these words, answer by answer."""
        spare = (8 * (_WORD - widths)) & 0x3F  # bits; in what is not good any will do
        whole = words.byteswap()
        signed = whole.view(np.int64) >> spare
        numbers = np.where(self._signed, signed, (whole >> spare.view(np.uint64)).view(np.int64))
        good &= (self._signed | (numbers >= 0)).all(axis=0)  # a count from 2^63 on is no int64
        numbers = numbers.T
        said, cells, size = numbers.tobytes(), numbers.astype(np.float64).tobytes(), 8 * len(self._steps)
        return [
            Row(array("q", said[at : at + size]), cells[at : at + size]) if is_good else None
            for is_good, at in zip(good.tolist(), range(0, len(cells), size), strict=True)
        ]


def _places(length: int) -> list[int]:
    """Return where to look so that words cover as many bytes."""
    return [*range(0, length - _WORD, _WORD), length - _WORD]
