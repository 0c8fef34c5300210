"""Asks a unit for everything wanted, whatever it refuses, and remembers what it refused.

    refused [------------------]     exception 2: something in there does not exist
            [--------][--------]     halves: one of them answers ...
                      [----]x[-]     ... until the hole is alone: a gap for what stood in it, nothing else

A remembered hole is left out of later reads, and tried again after an hour: registers come and go.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from collectors.modbus.families.plan import Holes, Limits, covers, halves, merge
from collectors.modbus.transport.contract import Denied, Read, Space
from dcim.model import BadAnswer, Gap, GapReason, NoAnswer, PollError

Put: TypeAlias = Callable[[Read, bytes], None]
Ask: TypeAlias = Callable[[Read], Awaitable[bytes]]

FORGET_AFTER: Final = 3600.0
"""Seconds after which refused addresses are asked again."""

_NOT_ASKED: Final = Gap(GapReason.REFUSED, "among addresses that the device has refused")

_PATIENCE: Final = 2
"""Reads without an answer, beside others with one, after which the rest of a poll is given up."""


@dataclass(frozen=True, slots=True)
class Agenda:
    """What to ask for a set of wanted reads: each question with the wanted reads inside it.

    ``failures`` are those that are known to be refused. Good until its unit teaches a new lesson.
    """

    wanted: tuple[Read, ...]
    questions: tuple[tuple[Read, tuple[Read, ...]], ...]
    failures: Mapping[Read, Gap]
    lessons: int


@dataclass(slots=True)
class Learned:
    """What one unit has refused, on top of what its profile says. Times are on the clock of ``now``."""

    profile_holes: Holes
    profile_limits: Limits
    holes: Holes = field(init=False)
    limits: Limits = field(init=False)
    refused: dict[Read, Gap] = field(default_factory=dict)
    until: float = 0.0
    lessons: int = 0  # goes up with every one, so that agendas know when they are old

    def __post_init__(self) -> None:
        """Start with the profile's own words."""
        self.forget()

    def forget(self) -> None:
        """Go back to what the profile says."""
        self.holes, self.limits = self.profile_holes, self.profile_limits
        self.refused.clear()
        self.lessons += 1

    def review(self, now: float) -> None:
        """Forget what is too old to be trusted."""
        if self.until and now >= self.until:
            self.until = 0.0
            self.forget()

    def refuse(self, read: Read, why: Gap, now: float) -> None:
        """Remember that a wanted read is refused."""
        self.refused[read] = why
        self.skip(read, now)

    def skip(self, read: Read, now: float) -> None:
        """Remember not to read across these addresses."""
        self.holes = self.holes.with_read(read)
        self._learned(now)

    def narrow(self, space: Space, count: int, now: float) -> None:
        """Remember that a read must not be wider."""
        registers = count if space.has_words else self.limits.registers
        bits = self.limits.bits if space.has_words else count
        self.limits = Limits(
            min(registers, self.limits.registers), min(bits, self.limits.bits), self.limits.gap
        )
        self._learned(now)

    def _learned(self, now: float) -> None:
        self.until = self.until or now + FORGET_AFTER
        self.lessons += 1

    def agenda(self, wanted: tuple[Read, ...]) -> Agenda:
        """Return the questions for everything wanted that is not known to be refused.

        Where all of it is, the smallest one is asked again: does somebody still refuse it?
        """
        allowed = [read for read in wanted if read not in self.refused]
        reads = merge(allowed, self.limits, self.holes) or tuple(sorted(wanted, key=_count)[:1])
        questions = [(read, tuple(part for part in wanted if covers(read, part))) for read in reads]
        asked = {part for _, inside in questions for part in inside}
        failures = {part: self.refused.get(part, _NOT_ASKED) for part in wanted if part not in asked}
        return Agenda(wanted, tuple(questions), failures, self.lessons)


def _count(read: Read) -> int:
    return read.count


class Round:
    """One poll of one unit. ``failures`` says which of the wanted reads brought nothing, and why."""

    def __init__(self, ask: Ask, put: Put, learned: Learned, now: float) -> None:
        self._ask = ask
        self._put = put
        self._learned = learned
        self._now = now
        self._unanswered = 0
        self.answers = 0
        self.failures: dict[Read, Gap] = {}
        self.trouble: PollError | None = None

    async def run(self, agenda: Agenda) -> None:
        """Ask every question. Raise the first trouble when nothing was answered with a value."""
        self.failures.update(agenda.failures)
        for read, inside in agenda.questions:
            if self._unanswered and self._gave_up():
                self._fail(inside, Gap(GapReason.DEADLINE, str(self.trouble or "")))
            else:
                await self._settle(read, inside)
        if self.trouble is not None and not self.answers:
            raise self.trouble

    def _fail(self, wanted: Sequence[Read], why: Gap) -> None:
        self.failures.update(dict.fromkeys(wanted, why))

    def _gave_up(self) -> bool:
        """Whether more questions make no sense: nobody is there, or no longer. Nonsense is no silence."""
        return self._unanswered >= (_PATIENCE if self.answers else 1)

    async def _settle(self, read: Read, wanted: Sequence[Read]) -> bool:
        """Bring a read, in parts if need be. Return whether nothing in it is wrong by itself."""
        try:
            payload = await self._ask(read)
        except Denied as exc:
            return await self._refused(read, wanted, exc)
        except (NoAnswer, BadAnswer) as exc:
            self.trouble = self.trouble or exc
            self._unanswered += isinstance(exc, NoAnswer)
            reason = GapReason.MALFORMED if isinstance(exc, BadAnswer) else GapReason.DEADLINE
            self._fail(wanted, Gap(reason, str(exc)))
            return False
        self.answers += 1
        self._put(read, payload)
        return True

    async def _refused(self, read: Read, wanted: Sequence[Read], why: Denied) -> bool:
        searchable = why.code in {Denied.ILLEGAL_ADDRESS, Denied.ILLEGAL_VALUE}
        if searchable and len(wanted) > 1:
            return await self._part(read, wanted)
        gap = Gap(GapReason.REFUSED, str(why))
        self.trouble = self.trouble or why
        self._fail(wanted, gap)
        if searchable or why.code == Denied.ILLEGAL_FUNCTION:
            for part in wanted:
                self._learned.refuse(part, gap, self._now)
        return False

    async def _part(self, read: Read, wanted: Sequence[Read]) -> bool:
        """Ask a refused read in two halves, and learn from what they say."""
        parts = halves(read, wanted)
        spans = [_span(part) for part in parts]
        sound: list[bool] = []
        for span, part in zip(spans, parts, strict=True):
            if self._gave_up():
                self._fail(part, Gap(GapReason.DEADLINE, str(self.trouble or "")))
            else:
                sound.append(await self._settle(span, part))
        if len(sound) == len(spans) and all(sound):
            self._blame_the_middle(*spans)
        return False

    def _blame_the_middle(self, left: Read, right: Read) -> None:
        """Both halves answer alone: the hole lies between them, or both at once are too wide."""
        between = right.start - left.stop
        if between > 0:
            self._learned.skip(Read(left.space, left.stop, between), self._now)
        elif between == 0:
            self._learned.narrow(left.space, max(left.count, right.count), self._now)


def _span(parts: Sequence[Read]) -> Read:
    start = min(part.start for part in parts)
    return Read(parts[0].space, start, max(part.stop for part in parts) - start)
