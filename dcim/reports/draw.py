"""Charts as SVG: the same drawing in PDF and HTML. Pure.

Colours stand as attributes, for paper; a class beside them lets a page with a dark ground choose its own.
Tones differ in pattern as well as in colour, so that a print in grey says the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from html import escape
from itertools import groupby
from operator import itemgetter
from typing import Final

from dcim.reports.axis import rounds, times
from dcim.reports.model import Bars, Chart, Curve, Heat, Line, Number, Stretch, Timeline, Tone
from dcim.reports.say import Writer, bare

WIDTH: Final = 720
LABELS: Final = 190
_END: Final = WIDTH - 12
_ROW: Final = 22
_MOST_LETTERS: Final = 31
_LETTER: Final = 5.6
"""How wide a digit of the axis is, with a little room."""
_FONT: Final = "Noto Sans"
INK: Final = {
    Tone.PLAIN: "#2f5d8c",
    Tone.GOOD: "#4f9d7a",
    Tone.WARNING: "#e0a02f",
    Tone.BAD: "#b3202f",
    Tone.PLANNED: "#6d8fc4",
    Tone.OTHER: "#8a63a8",
    Tone.UNKNOWN: "#9aa3ad",
}
_LINES: Final = ("#2f5d8c", "#b26a00", "#1b7f5a", "#8a63a8", "#b3202f", "#5a6875")
_PATTERNS: Final = (
    '<defs><pattern id="h" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<rect width="5" height="5" fill="#eceff2" class="hollow"/>'
    '<rect width="1.6" height="5" fill="#8b95a1"/></pattern>'
    '<pattern id="p" width="6" height="6" patternUnits="userSpaceOnUse">'
    '<rect width="6" height="6" fill="#a9bfe2"/><circle cx="3" cy="3" r="1.3" fill="#39598f"/></pattern>'
    '<pattern id="o" width="6" height="6" patternUnits="userSpaceOnUse">'
    '<rect width="6" height="6" fill="#cdb8dd"/><rect width="6" height="1.6" fill="#6b4689"/></pattern>'
    "</defs>"
)
_FILLS: Final = {Tone.UNKNOWN: "url(#h)", Tone.PLANNED: "url(#p)", Tone.OTHER: "url(#o)"}
_ORDER: Final = (Tone.GOOD, Tone.PLAIN, Tone.UNKNOWN, Tone.WARNING, Tone.PLANNED, Tone.OTHER, Tone.BAD)


def draw(chart: Chart, writer: Writer) -> str:
    """Return a chart as a complete SVG, its words in the writer's language."""
    height, parts = _drawn(chart, writer)
    size = f'viewBox="0 0 {WIDTH} {height:.0f}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" font-family="{_FONT}">'
    title = escape(bare(writer(chart.title)), quote=False)
    return f"{head}<title>{title}</title>{_PATTERNS}{''.join(parts)}</svg>"


def _drawn(chart: Chart, writer: Writer) -> tuple[float, list[str]]:
    match chart:
        case Timeline():
            return _timeline(chart, writer)
        case Heat():
            return _heat(chart, writer)
        case Curve():
            return _curve(chart, writer)
        case Bars():
            return _bars(chart, writer)


def _text(
    x: float, y: float, text: str, anchor: str = "start", ink: str = "#17212b", size: float = 10.5
) -> str:
    kind = "quiet" if ink != "#17212b" else "ink"
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}" fill="{ink}" '
        f'class="{kind}">{escape(bare(text), quote=False)}</text>'
    )


def _quiet(x: float, y: float, text: str, anchor: str = "start") -> str:
    return _text(x, y, text, anchor, "#5a6875", 9.5)


def _label(text: str, y: float) -> str:
    plain = bare(text)
    short = plain if len(plain) <= _MOST_LETTERS else f"{plain[: _MOST_LETTERS - 1]}…"
    return _text(LABELS - 8, y, short, "end")


def _rect(x: float, y: float, width: float, height: float, tone: Tone) -> str:
    fill = _FILLS.get(tone, INK[tone])
    return (
        f'<rect x="{x:.2f}" y="{y:.1f}" width="{width:.2f}" height="{height}" fill="{fill}" '
        f'class="t-{tone}"/>'
    )


def _strips(bars: Iterable[tuple[float, float, Tone]], y: float, height: int) -> Iterator[str]:
    """Yield bars at one height, one path for those of a tone that follow each other: a year has thousands."""
    for tone, some in groupby(bars, key=itemgetter(2)):
        fill = _FILLS.get(tone, INK[tone])
        path = "".join([f"M{x:.2f} {y:.1f}h{wide:.2f}v{height}h-{wide:.2f}z" for x, wide, _ in some])
        yield f'<path d="{path}" fill="{fill}" class="t-{tone}"/>'


def _rule(x: float, y: float, to_x: float, to_y: float, ink: str = "#d7dde3", dash: str = "") -> str:
    more = f' stroke-dasharray="{dash}"' if dash else ""
    return (
        f'<line x1="{x:.1f}" y1="{y:.1f}" x2="{to_x:.1f}" y2="{to_y:.1f}" stroke="{ink}" '
        f'stroke-width="0.8"{more} class="rule"/>'
    )


def _place(since: int, until: int, left: float, right: float) -> Callable[[int], float]:
    lasts = max(1, until - since)
    return lambda at: left + (right - left) * (min(max(at, since), until) - since) / lasts


def _timeline(chart: Timeline, writer: Writer) -> tuple[float, list[str]]:
    place = _place(chart.since, chart.until, LABELS, _END)
    bottom = 6.0 + _ROW * len(chart.rows)
    parts = [*_ticks(chart.since, chart.until, place, 4, bottom, writer)]
    for number, (label, stretches) in enumerate(chart.rows):
        y = 6.0 + _ROW * number
        parts.append(_label(writer(label), y + 13))
        parts += _strips(drawn(stretches, place), y + 2, 14)
    x = float(LABELS)
    y = bottom + 36.0
    for tone, meaning in chart.legend:
        said = writer(meaning)
        if x + 20 + 6.0 * len(said) > WIDTH:
            x, y = float(LABELS), y + 16
        parts += [_rect(x, y - 9, 11, 10, tone), _quiet(x + 16, y, said)]
        x += 34 + 5.6 * len(said)
    return y + 8, parts


def drawn(stretches: Iterable[Stretch], place: Callable[[int], float]) -> Iterator[tuple[float, float, Tone]]:
    """Yield the bars of a row, what matters most on top: a short outage keeps a width that can be seen."""
    by_tone: dict[Tone, list[tuple[float, float]]] = {}
    until, right = -1, 0.0
    for one in stretches:
        bars = by_tone.setdefault(one.tone, [])
        left = right if one.since == until else place(one.since)  # most begin where the one before ended
        until, right = one.until, place(one.until)
        if bars and left - bars[-1][1] < 0.4:
            bars[-1] = (bars[-1][0], max(right, bars[-1][1]))
        else:
            bars.append((left, right))
    for tone in _ORDER:
        least = 0.0 if tone in (Tone.GOOD, Tone.PLAIN) else 1.6
        yield from ((left, max(right - left, least), tone) for left, right in by_tone.get(tone, ()))


def _ticks(
    since: int, until: int, place: Callable[[int], float], top: float, bottom: float, writer: Writer
) -> Iterator[str]:
    last = -100.0
    for at, said in times(since, until, writer):
        x = place(at)
        yield _rule(x, top, x, bottom + 3)
        middle = min(x, WIDTH - len(said) * _LETTER / 2)  # a long one at the end stays in the picture
        if middle - last >= 44 and x <= _END + 4:
            yield _quiet(middle, bottom + 14, said, "middle")
            last = middle


def _heat(chart: Heat, writer: Writer) -> tuple[float, list[str]]:
    wide = (_END - LABELS) / 24
    high = 13.0 if len(chart.days) <= 31 else 6.0
    every = 1 if high > 10 else 7
    parts = [_quiet(LABELS + wide * hour, 10, f"{hour:02d}") for hour in range(0, 24, 3)]
    for number, (day, hours) in enumerate(zip(chart.days, chart.hours, strict=True)):
        y = 15 + high * number
        if number % every == 0:
            parts.append(_quiet(LABELS - 8, y + min(high, 13) - 3, writer.day(day), "end"))
        parts += [
            _cell(LABELS + wide * hour, y, wide - 1, high - 1, _share(chart, value))
            for hour, value in enumerate(hours)
        ]
    y = 15 + high * len(chart.days) + 14
    parts += _scale(chart, writer, y)
    return y + 8, parts


def _share(chart: Heat, value: float | None) -> float | None:
    """Return where a value lies between the bottom and the top of a chart."""
    spread = chart.top - chart.bottom
    if value is None:
        return None
    return min(1.0, max(0.0, (value - chart.bottom) / spread)) if spread > 0 else 0.0


def _cell(x: float, y: float, wide: float, high: float, share: float | None) -> str:
    if share is None:
        return f'<rect x="{x:.1f}" y="{y:.1f}" width="{wide:.1f}" height="{high:.1f}" fill="url(#h)"/>'
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{wide:.1f}" height="{high:.1f}" fill="#b3202f" '
        f'fill-opacity="{0.06 + 0.94 * share:.3f}" class="heat"/>'
    )


def _scale(chart: Heat, writer: Writer, y: float) -> Iterator[str]:
    for step in range(11):
        yield _cell(LABELS + 14.0 * step + 40, y - 9, 14, 9, step / 10)
    yield _quiet(LABELS, y, writer(Number(chart.bottom, chart.unit)))
    yield _quiet(LABELS + 202, y, writer(Number(chart.top, chart.unit)))
    yield _cell(LABELS + 290, y - 9, 14, 9, None)
    yield _quiet(LABELS + 310, y, writer.words.text("report.unknown"))


def _curve(chart: Curve, writer: Writer) -> tuple[float, list[str]]:
    left, top, bottom = 62.0, 10.0, 170.0
    values = [
        value for line in chart.lines for value in (*line.values, *line.low, *line.high) if value is not None
    ]
    values += [limit for _, limit in chart.limits]
    marks = rounds(min(values, default=0.0), max(values, default=1.0))
    spread = marks[-1] - marks[0]

    def height(value: float) -> float:
        return bottom - (bottom - top) * (value - marks[0]) / spread

    place = _place(chart.since, chart.until, left, _END)
    parts = [*_ticks(chart.since, chart.until, place, top, bottom, writer)]
    digits = 0 if spread / len(marks) >= 1 else 1 if spread / len(marks) >= 0.1 else 2
    for mark in marks:
        parts += [_rule(left, height(mark), _END, height(mark))]
        parts += [_quiet(left - 6, height(mark) + 3.5, writer(Number(mark, chart.unit, digits)), "end")]
    for number, line in enumerate(chart.lines):
        parts += _line(line, place, height, _LINES[number % len(_LINES)], number)
    for limit_said, limit in chart.limits:
        parts += [_rule(left, height(limit), _END, height(limit), INK[Tone.BAD], "5 3")]
        parts += [_quiet(_END, height(limit) - 3, writer(limit_said), "end")]
    x = left
    for number, line in enumerate(chart.lines):
        said = bare(writer(line.label))
        ink = _LINES[number % len(_LINES)]
        parts.append(
            f'<rect x="{x:.1f}" y="{bottom + 26:.1f}" width="12" height="3" fill="{ink}" class="l{number}"/>'
        )
        parts.append(_quiet(x + 17, bottom + 31, said))
        x += 38 + 5.8 * len(said)
    return bottom + 38, parts


def _line(
    line: Line, place: Callable[[int], float], height: Callable[[float], float], ink: str, number: int
) -> Iterator[str]:
    if line.low and line.high:
        for run in _runs(list(zip(line.at, line.low, line.high, strict=True))):
            if len(run) == 1:
                yield _upright(run[0], place, height, ink, number)
                continue
            there = " ".join(f"{place(at):.1f},{height(high):.1f}" for at, _, high in run)
            back = " ".join(f"{place(at):.1f},{height(low):.1f}" for at, low, _ in reversed(run))
            yield f'<polygon points="{there} {back}" fill="{ink}" fill-opacity="0.16" class="l{number}"/>'
    for run in _runs([(at, value, value) for at, value in zip(line.at, line.values, strict=True)]):
        if len(run) == 1:  # a line needs two: what stands between two gaps would not be seen
            x, y = place(run[0][0]), height(run[0][1])
            yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="1.6" fill="{ink}" class="l{number}"/>'
            continue
        points = " ".join(f"{place(at):.1f},{height(value):.1f}" for at, value, _ in run)
        yield (
            f'<polyline points="{points}" fill="none" stroke="{ink}" stroke-width="1.4" '
            f'stroke-linecap="round" class="s{number}"/>'
        )


def _upright(
    point: tuple[int, float, float],
    place: Callable[[int], float],
    height: Callable[[float], float],
    ink: str,
    number: int,
) -> str:
    """Draw from the lowest to the highest at one moment."""
    at, low, high = point
    tall = max(1.0, height(low) - height(high))
    box = f'x="{place(at) - 1:.1f}" y="{height(high):.1f}" width="2" height="{tall:.1f}"'
    return f'<rect {box} fill="{ink}" fill-opacity="0.4" class="l{number}"/>'


def _runs(
    points: Sequence[tuple[int, float | None, float | None]],
) -> Iterator[list[tuple[int, float, float]]]:
    run: list[tuple[int, float, float]] = []
    for at, low, high in points:
        if low is not None and high is not None:
            run.append((at, low, high))
        elif run:
            yield run
            run = []
    if run:
        yield run


def _bars(chart: Bars, writer: Writer) -> tuple[float, list[str]]:
    top = chart.top or max((length for _, length, _, _ in chart.rows), default=0.0) or 1.0
    room = _END - LABELS - 90
    parts = [_rule(LABELS, 4, LABELS, 8 + _ROW * len(chart.rows))]
    for number, (label, length, shown, tone) in enumerate(chart.rows):
        y = 6 + _ROW * number
        wide = room * min(1.0, length / top)
        parts += [_label(writer(label), y + 13), _rect(LABELS, y + 2, max(wide, 0.8), 14, tone)]
        parts.append(_text(LABELS + wide + 7, y + 13, writer(shown)))
    return 12.0 + _ROW * len(chart.rows), parts
