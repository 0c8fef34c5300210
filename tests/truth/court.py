"""The report before the truth: every moment, every outage and every figure of a service.

A change of one part shorter than the bound that the ledger names for a service may go unseen. Longer than that, what is reported as known must be true, unless the agent that said it lied; what is reported as blind must be a time
in which the daemon could not know; and where nobody watched, it must be blind.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final

from dcim.availability import LOST, Answer, Category, Episode, Period, Slice, answer
from dcim.contracts import Contract
from dcim.store import Store

from .faults import DEVICES, MINUTE, NOTICE
from .life import LOOK, T0, Life
from .truth import MICRO, Stood, changes, mute, stretches
from .wall import Shown, shown, sweep, union

CONTRACT: Final = Contract("campaign", notice=round(NOTICE * MICRO))
_LOOK: Final = round(LOOK * MICRO)
_TELLS: Final = 20
_ROUNDED: Final = 10
"""Microseconds: what is shorter comes of times that are kept as fractions of a second."""


def at_wall(micro: int) -> str:
    """Return a moment of the wall as seconds since the beginning of the life."""
    return f"{micro / MICRO - T0:.0f}"


@dataclass(slots=True)
class Found:
    """What came out for one service. ``faults``: what is not as it must be; none in a true report.

    ``times``: microseconds by what they were: ``told`` (known, and true), ``unseen`` (too short to be seen),
    ``lied`` (an agent was frozen), ``blind``. ``outages``: true ones longer than the bound, by whether all of
    their known time was reported as lost (``seen``), or nothing of them was known (``blind``).
    """

    service: str
    faults: list[str] = field(default_factory=list)
    times: Counter[str] = field(default_factory=Counter)
    outages: Counter[str] = field(default_factory=Counter)

    def fault(self, what: str, start: int, end: int, why: str = "") -> None:
        """Note what is not as it must be."""
        if len(self.faults) < _TELLS:
            self.faults.append(
                f"{self.service}: {what} from {at_wall(start)} to {at_wall(end)} {why}".rstrip()
            )


class Excuses:
    """When the daemon could not know, and when an agent lied: microseconds of the life."""

    def __init__(self, life: Life, bound: int) -> None:
        log, truth, until = life.log, life.stage.plant.truth, life.clock.t
        quiet = mute(truth, DEVICES, until)
        margin = bound / MICRO + LOOK
        beats = life.beats + LOOK
        spans = [(start - beats - margin, end + margin) for start, end in (*log.dead, *log.stalls)]
        spans += [(start - margin, end + margin) for start, end, _ in quiet]
        spans += [(at - margin, at + margin) for at in changes(truth)]
        before = 0.0
        for at, ahead in log.steps:
            size, before = abs(ahead - before), ahead
            spans.append((at - size - beats - margin, at + size + beats + margin))
        self.blind = union(_micros(spans))
        frozen = [(start, end + MINUTE + LOOK) for start, end, word in quiet if word == "frozen"]
        self.lies = union(_micros(frozen))
        unheard = [(at - size, at + size) for at, size in _unheard(life)]
        self.unheard = union(_micros(unheard))
        self.steps = union(_micros((at - beats, at + beats) for at, _ in log.steps))


def _unheard(life: Life) -> Iterator[tuple[float, float]]:
    """Yield the jumps, with their size and a look, that nobody saw: the daemon ended before it looked at the
    clock, or the clock was put right again before.
    """
    before = 0.0
    ends = [start for start, _ in (*life.log.dead, *life.log.stalls, *life.log.steps)]
    for at, ahead in life.log.steps:
        size, before = abs(ahead - before), ahead
        if any(0.0 < abs(end - at) <= LOOK for end in ends):
            yield at, size + LOOK


def _micros(spans: Iterable[tuple[float, float]]) -> list[tuple[int, int]]:
    return [(round(start * MICRO), round(end * MICRO)) for start, end in spans]


def _within(spans: Sequence[tuple[int, int]], start: int, end: int) -> bool:
    return any(low <= start and end <= high for low, high in spans)


class Court:
    """Tries one service over one period, in microseconds of the wall."""

    def __init__(self, life: Life, store: Store, service: str, period: Period) -> None:
        evidence = store.evidence(period)
        if evidence is None:
            msg = "an empty ledger"
            raise ValueError(msg)
        self.bound = round(store.defined()[service]["bound"] * MICRO) + _LOOK
        self.answer: Answer = answer(evidence, service, CONTRACT)
        self.found = Found(service)
        self._period = period
        self._excuses = Excuses(life, self.bound)
        self._life = life
        truth = stretches(life.stage.plant.truth, service, life.clock.t, self.bound / MICRO)
        self._shown = [
            one for one in shown(life.log, truth) if one.start < period.end and one.end > period.start
        ]
        self._least = self._most = 0  # how long it truly worked, as far as the bound lets it be known
        self._least_full = self._most_full = 0
        self._runs: dict[int, Counter[str]] = {}  # true outages by their beginning

    def try_all(self) -> Found:
        """Look at every moment, every outage and every figure."""
        slices = self.answer.seen.account.slices
        cuts = [edge for one in slices for edge in (one.start, one.end)]
        cuts += [round(edge * MICRO) for window in self._windows() for edge in window[:2]]
        number = 0
        for start, end, really in sweep(self._shown, cuts):
            if start < self._period.start or end > self._period.end or end - start < _ROUNDED:
                continue
            while slices[number].end <= start:
                number += 1
            self._moment(start, end, slices[number], really)
        for run in self._runs.values():
            self.found.outages["seen" if run["lost"] else "blind"] += 1
        self._figures()
        for episode in self.answer.seen.figures.outages:
            self._episode(episode)
        return self.found

    # every moment

    def _moment(self, start: int, end: int, said: Slice, really: Sequence[Shown]) -> None:
        ran = [one for one in really if one.ran]
        blind = said.category is Category.BLIND
        self._sum(start, end, ran or really)
        if len(ran) != 1:
            self.found.times["blind"] += end - start
            if not blind and not any(
                _within(self._excuses.unheard, start + one.late, end + one.late) for one in ran
            ):
                what = "shown twice" if ran else "nobody watched" if really else "never shown"
                self.found.fault(f"{said.category.word} although {what}", start, end)
            return
        one = ran[0]
        if not one.stretch.works and one.works_for > self.bound:
            self._runs.setdefault(one.stretch.works_since, Counter())[
                "lost" if said.category in LOST else "no"
            ] += 1
        if blind:
            self.found.times["blind"] += end - start
            if not _within(self._excuses.blind, start + one.late, end + one.late):
                self.found.fault("blind without a reason", start, end)
            return
        self._known(start, end, said, one)

    def _known(self, start: int, end: int, said: Slice, one: Shown) -> None:
        """Compare what is reported as known with what was so."""
        wrong, lasted = _wrong(said, one)
        if not wrong:
            self.found.times["told"] += end - start
            if said.category in LOST:
                self._explained(start, end, said, one)
        elif lasted <= self.bound or _may_look(said, one):
            self.found.times["unseen"] += end - start
        elif _within(self._excuses.lies, start + one.late, end + one.late):
            self.found.times["lied"] += end - start
        else:
            why = f"(for {lasted / MICRO:.0f} s; life {(start + one.late) / MICRO:.0f}, fact {said.sequence})"
            self.found.fault(f"{said.category.word} but {one.stretch.stood.name}", start, end, why)

    def _windows(self) -> list[tuple[float, float, float]]:
        """Return when which announced work explains lost time, and how long ahead it was announced."""
        found = []
        for window, announced in self._life.log.announced:
            if window.scope.everything or self.found.service in window.scope.services:
                span = window.when.span  # type: ignore[union-attr]
                found.append((span.start, span.end, span.start - announced))
        return found

    def _explained(self, start: int, end: int, said: Slice, one: Shown) -> None:
        """Compare the category of lost time with the work that was really announced."""
        lying = [
            ahead
            for low, high, ahead in self._windows()
            if low * MICRO - 1 <= start and end <= high * MICRO + 1
        ]
        wanted = Category.FORCED
        if lying:
            wanted = Category.SCHEDULED if max(lying) >= NOTICE else Category.PLANNED
        if said.category is not wanted and not _within(self._excuses.steps, start + one.late, end + one.late):
            self.found.fault(f"{said.category.word} and not {wanted.word}", start, end)

    # figures

    def _sum(self, start: int, end: int, really: Sequence[Shown]) -> None:
        """Add a piece to how long it truly worked: at least, and at most, as far as the bound lets be known."""
        works = [one.stretch.works for one in really]
        full = [one.stretch.stood is Stood.FULL for one in really]
        may = [one.stretch.may for one in really]
        brief = [
            one.works_for <= self.bound or len({stood is Stood.LOST for stood in can}) > 1
            for one, can in zip(really, may, strict=True)
        ]
        flash = [
            one.full_for <= self.bound or len({stood is Stood.FULL for stood in can}) > 1
            for one, can in zip(really, may, strict=True)
        ]
        lies = any(_within(self._excuses.lies, start + one.late, end + one.late) for one in really)
        length = end - start
        self._least += length * (all(works) and not any(brief) and bool(works) and not lies)
        self._most += length * (any(works) or any(brief) or not works or lies)
        self._least_full += length * (all(full) and not any(flash) and bool(full) and not lies)
        self._most_full += length * (any(full) or any(flash) or not full or lies)

    def _figures(self) -> None:
        figures, whole = self.answer.seen.figures, self._period.length
        pairs = (
            ("A_min", figures.a_min, Fraction(self._most, whole)),
            ("A_max", -figures.a_max, Fraction(-self._least, whole)),
            ("R_min", figures.redundancy_min, Fraction(self._most_full, whole)),
            ("R_max", -figures.redundancy_max, Fraction(-self._least_full, whole)),
        )
        for name, said, limit in pairs:
            if said > limit:
                self.found.fault(f"{name} {float(said):.7f} beyond {float(limit):.7f}", *self._period)

    # outages

    def _began(self, one: Shown) -> int:
        """Return what the wall showed when that began: by another clock, where it was put wrong since."""
        same = [each for each in self._shown if each.stretch.works_since == one.stretch.works_since]
        first = min(same, key=lambda each: each.start + each.late)
        return one.stretch.works_since - first.late

    def _episode(self, episode: Episode) -> None:
        """An outage that is reported happened, and began and ended where the report says, within the bound."""
        really = [
            one
            for one in self._shown
            if one.start < episode.ends_from and one.end > episode.begins_until and not one.stretch.works
        ]
        if not really:
            self.found.fault("an outage that never was", episode.begins_from, episode.ends_until)
            return
        begins = min(self._began(one) for one in really)
        edges = (
            ("begins", episode.begins_from, episode.begins_until),
            ("ends", episode.ends_from, episode.ends_until),
        )
        for name, low, high in edges:
            late = really[0].late if name == "begins" else really[-1].late
            if high - low > self.bound and not _within(self._excuses.blind, low + late, high + late):
                self.found.fault(f"an outage that {name} too vaguely", low, high)
        known = episode.begins_from > self._period.start and not episode.began_before
        if known and begins < episode.begins_from - self.bound:
            self.found.fault("an outage that began before", begins, episode.begins_from)


def _may_look(said: Slice, one: Shown) -> bool:
    """Whether a known time is reported as it looks to who does not see what was shorter than the bound."""
    if said.category in LOST:
        return Stood.LOST in one.stretch.may
    if not said.decided:
        return one.stretch.may != {Stood.LOST}
    return (Stood.FULL if said.category is Category.FULL else Stood.REDUCED) in one.stretch.may


def _wrong(said: Slice, one: Shown) -> tuple[bool, int]:
    """Return whether a known time is reported otherwise than it was, and for how long that was so."""
    stretch = one.stretch
    if (said.category in LOST) is stretch.works:
        return True, one.works_for
    full = stretch.stood is Stood.FULL
    told = said.category is Category.FULL
    if stretch.works and said.decided and told is not full:
        return True, one.full_for
    return False, 0
