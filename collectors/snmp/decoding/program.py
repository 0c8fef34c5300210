"""From cells to readings: one compiled program a layout, the same for polls, probes and recordings (A7).

Slots are laid out so that most of a batch is one pass without a branch:

    slots      0 ........ n | n ....... m | m ........ w            | w ........
    kind       numbers      | states      | bits, alarms, odd states | numbers with a unit beside them
    positions  the same     | the same    | anywhere in the answers  | anywhere in the answers
    read       every time   | every time  | when a cell of them changes | every time

The quick pass leaves NaN wherever something is odd; only those slots are looked at again, to say why. Pure.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any, Final, TypeAlias

from collectors.snmp.answers.cells import INTEGERS, code_of
from collectors.snmp.decoding.arithmetic import Arithmetic, Numbers, Step, arithmetic
from collectors.snmp.decoding.clocks import skew
from collectors.snmp.decoding.columns import Columns, columns
from collectors.snmp.decoding.kept import kept
from collectors.snmp.decoding.slots import (
    NAN,
    AnySlot,
    Named,
    Partly,
    RaisedSlot,
    Slot,
    cells_of,
    is_word,
    quick_number,
    quick_state,
    raw_of,
)
from collectors.snmp.dialect.forms import Kind
from collectors.snmp.engine.value import Malformed, Tag
from collectors.snmp.questions.asking import Said
from dcim.model import Batch, Gap, Layout
from dcim.profile import Quantity, States

Cells: TypeAlias = "Sequence[Said | Named | Partly]"
"""What the cells of a plan say, in their order, and behind them what rows name."""

_TICKS: Final = frozenset({int(Tag.TIME_TICKS)})
_WHOLE: Final = frozenset(int(tag) for tag in INTEGERS)
_KEPT: Final = 1024
"""Gaps kept a layout before all are forgotten."""

_LONG: Final = 64
"""Bytes of a text after which its gap is not kept: 1024 of them must not take a megabyte."""

__all__ = ["AnySlot", "Named", "Program", "RaisedSlot", "Slot", "code_of", "raw_of"]


@dataclass(slots=True, eq=False)
class Program:
    """Decodes the answers of one plan. ``slots[i]`` is for point i of the layout, ordered as above."""

    layout: Layout
    slots: tuple[AnySlot, ...]
    arithmetic: Arithmetic = field(init=False)
    _codes: tuple[Mapping[int | str, float], ...] = field(init=False)
    _types: tuple[frozenset[int], ...] = field(init=False)
    _rest: int = field(init=False)
    _absent: tuple[tuple[int, frozenset[int | float | str]], ...] = field(init=False)
    _valid: tuple[tuple[int, int, Container[object]], ...] = field(init=False)
    _is_plain: bool = field(init=False)  # nothing but numbers, and nothing else has a say in them
    _words: range = field(init=False)
    _pick: Callable[[Sequence[Any]], Any] | None = field(init=False, default=None)
    _tags: bytes = field(init=False, default=b"")
    _odd: tuple[int, ...] = field(init=False, default=())
    _seen: object = field(init=False, default=None)  # the cells of the words, as they were last
    _said: list[float] = field(init=False, default_factory=list)
    _gaps: dict[int, Gap] = field(init=False, default_factory=dict)  # of the words
    _known: dict[tuple[int, object, int], Gap] = field(init=False, default_factory=dict)  # of the quick slots

    def __post_init__(self) -> None:
        """Compile the slots at the front into columns for the quick pass."""
        quick = self._front()
        numbers = [slot for slot in quick if isinstance(slot.value, Quantity)]
        self.arithmetic = arithmetic(tuple(_step(slot) for slot in numbers))
        self._codes = tuple(_codes(slot.value) for slot in quick if isinstance(slot.value, States))
        self._types = kept(tuple(_TICKS if slot.kind is Kind.TIMETICKS else _WHOLE for slot in quick))
        self._rest = len(quick)
        self._absent = tuple((slot.position, slot.value.absent) for slot in numbers if _hides_absent(slot))
        self._valid = tuple((slot.position, *slot.valid) for slot in quick if slot.valid is not None)
        alone = not (self._absent or self._valid)
        self._is_plain = alone and len(numbers) == len(self.slots)
        self._words = range(self._rest, self._rest)
        while self._words.stop < len(self.slots) and is_word(self.slots[self._words.stop]):
            self._words = range(self._rest, self._words.stop + 1)
        if self._words:
            self._pick = itemgetter(
                *sorted({at for slot in self._words for at in cells_of(self.slots[slot])})
            )

    def _front(self) -> list[Slot]:
        """Return the slots that the quick pass reads: numbers, then states, each at its own position."""
        front: list[Slot] = []
        for at, slot in enumerate(self.slots):
            states = bool(front) and isinstance(front[-1].value, States)
            fits = quick_state(slot) or (quick_number(slot) and not states)
            if not fits or not isinstance(slot, Slot) or slot.position != at:
                break
            front.append(slot)
        return front

    def numeric(self, values: Cells, tags: bytes) -> Sequence[Any]:
        """Return the cells that its numbers are made of; NaN for those of a type that says no number."""
        if tags[: self._rest] != self._tags:
            self._check(bytes(tags[: self._rest]))
        return (self._blanked(values) if self._odd else values)[: len(self.arithmetic)]

    def takes_as_they_are(self, tags: bytes) -> bool:
        """Whether each cell that a number is made of has a type that says numbers."""
        if tags[: self._rest] != self._tags:
            self._check(bytes(tags[: self._rest]))
        return not self._odd

    def columns(self) -> Columns | None:
        """Return what reads many devices at once as this does; None where not all is numbers and states.

        Programs that read alike have the same.
        """
        if self._valid or self._rest < len(self.slots):
            return None
        return columns(self.arithmetic, tuple([tuple(one.items()) for one in self._codes]), self._absent)

    def decode(
        self, values: Cells, tags: bytes | bytearray, at: float, numbers: Numbers | None = None
    ) -> Batch:
        """Return the batch that these answers make; ``at`` is UTC seconds when they came.

        ``numbers`` are those of ``numeric``, where somebody has worked them out already.
        """
        if numbers is not None and numbers.whole and self._is_plain:
            return Batch(self.layout, at, numbers.values)
        rest = self._rest
        if tags[:rest] != self._tags:
            self._check(bytes(tags[:rest]))
        try:
            out = self._quick(self._blanked(values) if self._odd else values, numbers)
        except TypeError:  # malformed bytes under the tag of a number
            out = self._quick([raw if isinstance(raw, int | float) else NAN for raw in values])
        self._beside(out, values)
        gaps: dict[int, Gap] = {}
        total = sum(out)
        if total != total:
            self._explain(out, gaps, values, tags)
        self._add_words(out, gaps, values, tags)
        for slot in range(self._words.stop, len(self.slots)):
            one = self.slots[slot]
            clock = isinstance(one, Slot) and one.kind is Kind.CLOCK
            self._put(out, gaps, slot, skew(values[one.position], at) if clock else one.read(values, tags))
        return Batch(self.layout, at, array("d", out), gaps)

    def _quick(self, raws: Sequence[Any], numbers: Numbers | None = None) -> list[float]:
        """Decode the slots whose types are checked; NaN where the value is none or out of range."""
        out = self.arithmetic.of(raws) if numbers is None else numbers.values.tolist()
        if self._codes:
            states = raws[len(self.arithmetic) :]
            out += [codes.get(raw, NAN) for codes, raw in zip(self._codes, states, strict=False)]
        return out

    def _beside(self, out: list[float], values: Sequence[object]) -> None:
        """Blank the slots whose raw value means absent, or that the cell beside them calls invalid."""
        for slot, absent in self._absent:
            if values[slot] in absent:
                out[slot] = NAN
        for slot, position, codes in self._valid:
            if values[position] not in codes:
                out[slot] = NAN

    def _check(self, tags: bytes) -> None:
        """Remember which slots of the quick pass hold another type than they should, until types change."""
        self._odd = tuple(
            at for at, (tag, ok) in enumerate(zip(tags, self._types, strict=False)) if tag not in ok
        )
        self._tags = tags

    def _blanked(self, values: Sequence[object]) -> Sequence[object]:
        raws = list(values)
        for at in self._odd:
            raws[at] = NAN
        return raws

    def _explain(
        self, out: list[float], gaps: dict[int, Gap], values: Sequence[object], tags: Sequence[int]
    ) -> None:
        """Say for each odd slot why; what is absent stays absent for months, so answers are kept."""
        for slot in [at for at, value in enumerate(out) if value != value]:
            key = (slot, values[slot], tags[slot])
            known = self._known.get(key)
            if known is not None:
                gaps[slot] = known
                continue
            read = self.slots[slot].read(values, tags)
            self._put(out, gaps, slot, read)
            if isinstance(read, Gap) and not self._leans(slot) and not _is_long(values[slot]):
                if len(self._known) >= _KEPT:
                    self._known.clear()
                self._known[key] = read

    def _leans(self, slot: int) -> bool:
        """Whether the cell beside it decides about a slot too."""
        one = self.slots[slot]
        return isinstance(one, Slot) and one.valid is not None

    def _add_words(
        self, out: list[float], gaps: dict[int, Gap], values: Sequence[object], tags: Sequence[int]
    ) -> None:
        """Add the words and bits; they are read again only when a cell of theirs has changed."""
        if self._pick is None:
            return
        seen = (self._pick(values), self._pick(tags))
        if seen != self._seen:
            self._said, self._gaps = [], {}
            for slot in self._words:
                read = self.slots[slot].read(values, tags)
                if isinstance(read, Gap):
                    self._gaps[slot] = read
                self._said.append(NAN if isinstance(read, Gap) else read)
            self._seen = seen
        out += self._said
        gaps.update(self._gaps)

    @staticmethod
    def _put(out: list[float], gaps: dict[int, Gap], slot: int, read: float | Gap) -> None:
        if isinstance(read, Gap):
            gaps[slot], read = read, NAN
        if slot < len(out):
            out[slot] = read
        else:
            out.append(read)


def _is_long(value: object) -> bool:
    """Whether a raw value is a string too long to be kept beside its gap."""
    raw = value.raw if isinstance(value, Malformed) else value
    return isinstance(raw, bytes) and len(raw) > _LONG


def _step(slot: Slot) -> Step:
    """Return factor, divisor, offset and range of a number, with the device's own decimals in it."""
    value = slot.value
    assert isinstance(value, Quantity)  # noqa: S101  the caller chose it
    return value.factor, value.divisor * 10.0**slot.decimals, value.offset, value.low, value.high


def _codes(value: States) -> Mapping[int | str, float]:
    return {code: number for code, (number, _) in value.codes.items() if code not in value.absent}


def _hides_absent(slot: Slot) -> bool:
    """Whether a raw value that means absent lies within the range, so that the range does not catch it."""
    factor, divisor, offset, low, high = _step(slot)
    numbers = (raw for raw in slot.value.absent if isinstance(raw, int | float))
    return any(low <= raw * factor / divisor + offset <= high for raw in numbers)
