"""The power network as a drawing: columns from the source to the rack, load by phase as bars. Pure.

How a part stands is told by its border (plain, dashed, thick, crossed) and in words, not by colour alone;
what is not known exactly is a hatched end of a bar. Colours are those of the sheet, light or dark.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from html import escape
from typing import Final, Literal

from dcim.flow import Interval
from dcim.record import dataclass
from dcim.redundancy import Shown
from dcim.words import Words

Moment = Literal["before", "at_once", "after"]

WIDTH: Final = 172
HEIGHT: Final = 66
_GAP_X, _GAP_Y, _EDGE = 34, 12, 8
_BAR: Final = 84
_FULL: Final = 1.25
"""Share of a limit at which a bar is at its end."""
_MOST: Final = 64
_NAME: Final = 22
_DARK: Final = ("lost", "tripped", "dead")
_STEADY: Final = 0.005
"""Share of a limit within which a load counts as the same."""


@dataclass(frozen=True, slots=True)
class _Box:
    part: Shown
    x: int
    y: int


def chosen(parts: Sequence[Shown], at_once: Sequence[Shown] = (), *, most: int = _MOST) -> list[Shown]:
    """Return what a drawing shows of many parts: what changes, most first, and all that feeds it.

    Also what stands otherwise ``at_once`` alone, and what hangs on a part that stands otherwise.
    """
    by_name = {part.part: part for part in parts}
    turned = {part.part for part in (*parts, *at_once) if part.was != part.state}
    concerned = (part for part in parts if _changes(part) or not turned.isdisjoint((part.part, *part.feeds)))
    ranked = sorted(concerned, key=_weight, reverse=True) or list(parts)
    kept: dict[str, None] = {}
    for part in ranked:
        way = _way(part.part, by_name)
        if len(kept.keys() | set(way)) > most and kept:
            continue
        kept.update(dict.fromkeys(way))
    return [part for part in parts if part.part in kept]


def _changes(part: Shown) -> bool:
    """Whether a part stands otherwise after the loss, or carries more or less."""
    return part.was != part.state or any(
        abs(bar.after.lo - bar.before.lo) > _STEADY
        or (bar.after.hi != bar.before.hi and abs(bar.after.hi - bar.before.hi) > _STEADY)
        for bar in part.bars
    )


def _weight(part: Shown) -> tuple[int, float]:
    tight = part.tightest
    order = ("lost", "tripped", "dead", "doubtful", "battery")
    state = len(order) - order.index(part.state) if part.state in order else 0
    moved = part.before != part.after
    return (2 * state if part.state in ("lost", "tripped") else int(moved), tight.after.lo if tight else -1.0)


def _way(name: str, parts: Mapping[str, Shown]) -> list[str]:
    found, waiting = [], [name]
    for one in waiting:
        if one in parts and one not in found:
            found.append(one)
            waiting += parts[one].feeds
    return found


def drawing(parts: Sequence[Shown], moment: Moment, name: Callable[[str], str], said: Words) -> str:
    """Return the drawing as SVG; ``data-x`` and ``data-y`` are where the part that is lost stands."""
    boxes = _placed(parts)
    wide = max((box.x for box in boxes.values()), default=0) + WIDTH + _EDGE
    high = max((box.y for box in boxes.values()), default=0) + HEIGHT + _EDGE
    edges = [
        _edge(boxes[feed], box, moment) for box in boxes.values() for feed in box.part.feeds if feed in boxes
    ]
    nodes = [_node(box, moment, name(box.part.part), said) for box in boxes.values()]
    title = escape(said(f"losses.{moment}"))
    first = next((box for box in boxes.values() if box.part.state == "lost"), None)
    seen = f' data-x="{first.x}" data-y="{first.y}"' if first else ""
    return (
        f'<svg class="flow" viewBox="0 0 {wide} {high}" width="{wide}" height="{high}" role="img" '
        f'aria-label="{title}"{seen}><defs><pattern id="open-{moment}" width="4" height="4" '
        'patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        '<path d="M0 0V4" class="hatch"/></pattern></defs>'
        f"{''.join(edges)}{''.join(nodes)}</svg>"
    )


def _placed(parts: Sequence[Shown]) -> dict[str, _Box]:
    """Return where each part stands: as far right as its longest way from a source, near what feeds it."""
    known = {part.part: part for part in parts}
    depth: dict[str, int] = {}
    for part in parts:  # each after what feeds it
        depth[part.part] = 1 + max((depth.get(feed, -1) for feed in part.feeds if feed in known), default=-1)
    columns: dict[int, list[Shown]] = {}
    for part in parts:
        columns.setdefault(depth[part.part], []).append(part)
    boxes: dict[str, _Box] = {}
    for column in sorted(columns):
        for part, y in _stacked(columns[column], boxes):
            boxes[part.part] = _Box(part, _EDGE + column * (WIDTH + _GAP_X), y)
    return boxes


def _stacked(column: Iterable[Shown], boxes: Mapping[str, _Box]) -> Iterable[tuple[Shown, int]]:
    """Yield the parts of a column from above: in the order of what feeds them, none upon another."""

    def wish(part: Shown) -> float:
        above = [boxes[feed].y for feed in part.feeds if feed in boxes]
        return sum(above) / len(above) if above else 0.0

    free = _EDGE
    for part in sorted(column, key=wish):
        yield part, free
        free += HEIGHT + _GAP_Y


def _edge(above: _Box, below: _Box, moment: Moment) -> str:
    x1, y1 = above.x + WIDTH, above.y + HEIGHT // 2
    x2, y2 = below.x, below.y + HEIGHT // 2
    middle = (x1 + x2) // 2
    state = above.part.was if moment == "before" else above.part.state
    kind = {"doubtful": "perhaps", "stopped": "rests"}.get(state, "gone" if state in _DARK else "live")
    return f'<path class="wire {kind}" d="M{x1} {y1}C{middle} {y1} {middle} {y2} {x2} {y2}"/>'


def _node(box: _Box, moment: Moment, name: str, said: Words) -> str:
    part = box.part
    state = part.was if moment == "before" else part.state
    shown = name if len(name) <= _NAME else name[: _NAME - 1] + "…"
    x, y = box.x, box.y
    worst = _worst(part, moment)
    tone = _tone(part, state, worst)
    word = "" if state == "live" else said(f"losses.state.{state}")
    rows = [
        f'<g class="part is-{state} {tone}" transform="translate({x} {y})">',
        f"<title>{escape(name)}{escape(said('colon'))} {escape(word or said('losses.state.live'))}</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" rx="6"/>',
        f'<text class="name" x="8" y="15">{escape(shown)}</text>',
    ]
    if word:
        rows.append(f'<text class="word" x="8" y="30">{escape(word)}</text>')
    rows += _bars(part, moment, 33 if word else 26) if state not in (*_DARK, "stopped") else []
    if state in ("lost", "tripped"):
        rows.append(f'<path class="cross" d="M{WIDTH - 22} 8l12 12m0 -12l-12 12"/>')
    return "".join([*rows, "</g>"])


def _worst(part: Shown, moment: Moment) -> Interval:
    shares = [bar.before if moment == "before" else bar.after for bar in part.bars]
    return max(shares, key=lambda share: (share.lo, share.hi), default=Interval(0.0, 0.0))


def _tone(part: Shown, state: str, worst: Interval) -> str:
    if state in _DARK:
        return "critical"
    if state == "doubtful":
        return "unknown"
    if state == "stopped":
        return "rests"
    if part.trip is not None and worst.lo > part.trip:
        return "critical"
    if worst.lo > part.warn or state == "battery":
        return "warning"
    return "unknown" if worst.hi > (part.trip or 1.0) else "ok"


def _bars(part: Shown, moment: Moment, top: int) -> list[str]:
    """Return a bar a limit: what is carried at least, hatched up to the most, and a mark at the limit."""
    rows = []
    step = min(11, (HEIGHT - top - 2) // max(1, len(part.bars)))
    for number, bar in enumerate(part.bars[:3]):
        share = bar.before if moment == "before" else bar.after
        y = top + number * step
        low, high = (_BAR * min(share.lo, _FULL) / _FULL, _BAR * min(share.hi, _FULL) / _FULL)
        kind = "over" if share.lo > (part.trip or 1.0) else "near" if share.lo > part.warn else "fine"
        rows += [
            f'<text class="phase" x="8" y="{y + 8}">{escape(bar.phase or bar.unit)}</text>',
            f'<rect class="room" x="26" y="{y}" width="{_BAR}" height="8"/>',
            f'<rect class="load {kind}" x="26" y="{y}" width="{low:.1f}" height="8"/>',
            f'<rect x="{26 + low:.1f}" y="{y}" width="{max(0.0, high - low):.1f}" height="8" '
            f'fill="url(#open-{moment})"/>',
            f'<path class="limit" d="M{26 + _BAR / _FULL:.1f} {y - 1}v10"/>',
            f'<text class="share" x="{WIDTH - 6}" y="{y + 8}">{_percent(share)}</text>',
        ]
    return rows


def _percent(share: Interval) -> str:
    low, high = round(100 * share.lo), (round(100 * share.hi) if share.hi < 99 else None)
    if high is None:
        return f"&gt;{low} %"
    return f"{high} %" if high - low <= 6 else f"{low}–{high} %"
