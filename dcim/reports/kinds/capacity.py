"""The capacity report: what feeds and phases carried at most, against what they are rated for.

Current is held against a rating in amperes, phase by phase; where there is none, power against one in watts
or VA.
The limit is what the part or the site declares, else that of a continuous load (NEC 210.20: 80 %); where two
feeds carry the same load each stands for both, so that half of it is the limit when the other is to be able
to fail.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from fractions import Fraction
from math import inf
from typing import Final

from dcim.graph import Node
from dcim.model import Point
from dcim.model.fact import Json
from dcim.record import dataclass
from dcim.redundancy.trend import LEAST, trend
from dcim.reports.blocks import cited, cols, share, table
from dcim.reports.kinds.loadlimit import LoadLimit, load_limit
from dcim.reports.kinds.rated import Feeds
from dcim.reports.kinds.rated import rated as against
from dcim.reports.matter import Matter, Parts, section
from dcim.reports.metered import Metered
from dcim.reports.model import (
    Bars,
    Block,
    Code,
    Date,
    Figure,
    Figures,
    List,
    Moment,
    Name,
    Number,
    Paragraph,
    Say,
    Tone,
    Value,
)
from dcim.rollup.loads import Load, loads, together
from dcim.standards import constant

_MOST: Final = 400
_BARS: Final = 24
_DAY: Final = 86_400_000
_HOURS: Final = 12
"""Hours of a day that must have been read for its peak to count."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a part carried against its rating in the same unit: amperes of a phase, watts or voltamperes.

    ``limit``: up to which share it may be loaded, and who says so; ``least``: phases added up, of which the
    peak is that at least.
    """

    node: Node
    load: Load
    rating: float
    unit: str
    limit: LoadLimit
    least: bool = False

    @property
    def share(self) -> Fraction:
        """Return the peak as a share of the rating."""
        return self.load.peak / Fraction(self.rating)

    @property
    def phase(self) -> str:
        """Return the phase; empty where it is all of them."""
        return dict(self.load.point.labels).get("phase", "")


def compose(matter: Matter) -> Parts:
    """Return the load of everything rated in scope."""
    found = Metered(matter, matter.state)
    mine = matter.within()
    matter.step("measuring")
    rated = {
        node.id: node
        for node in found.topology.nodes.values()
        if node.rating and (mine is None or node.id in mine)
    }
    loaded = sorted(measured(found, rated), key=lambda one: (-one.share, one.node.id, one.phase))
    silent = [node for node in rated.values() if node.id not in {one.node.id for one in loaded}]
    return Parts(
        (
            section("capacity.load", *_load(loaded, len(silent), matter)),
            section("capacity.unmeasured", _unmeasured(silent, matter)),
            section(
                "capacity.limits",
                Paragraph(Say("report.capacity.how")),
                Paragraph(Say("report.capacity.pace")),
                *cited(("continuous_load_share", "redundant_feed_share")),
            ),
        ),
        {"loads": [_body(one) for one in loaded], **found.shelf.claim()},
    )


def measured(found: Metered, rated: Mapping[str, Node]) -> Iterator[Loaded]:
    """Yield what rated parts carried: by current where a rating in amperes stands, else by power."""
    start, end = found.milliseconds
    behind: dict[str, str] = {}
    for name in rated:
        behind.update(dict.fromkeys((*found.topology.meters(name), name), name))
    told: dict[str, list[Point]] = {}
    for point in found.recent.points():
        if point.asset in behind:
            told.setdefault(behind[point.asset], []).append(point)
    points = {one.point: (name, one) for name, mine in told.items() for one in against(rated[name], mine)}
    added: dict[str, list[Load]] = {}
    feeds, declared = Feeds(found.topology.nodes.values()), found.matter.site.more.get("warns", {})
    limit = {name: load_limit(name, declared, twin=feeds.shares(node)) for name, node in rated.items()}
    for load in loads(found.shelf, points, start // 3_600_000 * 3_600_000, -(-end // 3_600_000) * 3_600_000):
        name, one = points[load.point]
        if one.added:
            added.setdefault(name, []).append(load)
        else:
            yield Loaded(rated[name], load, one.rating, one.unit, limit[name])
    for name, phases in added.items():
        _, one = points[phases[0].point]
        yield Loaded(rated[name], together(phases), one.rating, one.unit, limit[name], least=True)


def _over(loaded: list[Loaded], silent: int, matter: Matter) -> Figure:
    """Return how many are above their limit: that none is, is good where everything rated was measured."""
    label, over = Say("report.capacity.over"), [one for one in loaded if one.share > one.limit.share]
    if over:
        which = Say("report.capacity.which", (List(tuple(_called(one, matter) for one in over[:3])),))
        return Figure(label, Number(len(over)), which, Tone.BAD)
    if not loaded:
        return Figure(label, None, Say("report.capacity.none"), Tone.UNKNOWN)
    if silent:
        return Figure(label, Number(0), Say("report.capacity.silent", (Number(silent),)), Tone.UNKNOWN)
    known = all(_enough(one) and not one.least for one in loaded)
    return Figure(label, Number(0), tone=Tone.GOOD if known else Tone.UNKNOWN)


def _load(loaded: list[Loaded], silent: int, matter: Matter) -> Iterable[Block]:
    """Yield the loads, which are the highest share first. ``silent``: rated parts that nothing measured."""
    yield Figures(
        (
            Figure(Say("report.capacity.measured"), Number(len(loaded))),
            _over(loaded, silent, matter),
            Figure(Say("report.capacity.highest"), _peak(loaded[0]) if loaded else None),
        )
    )
    yield Bars(
        "highest",
        Say("report.capacity.bars"),
        tuple((_called(one, matter), float(one.share), _peak(one), _tone(one)) for one in loaded[:_BARS]),
        top=1.0,
    )
    yield table(
        "loads",
        "",
        cols(
            "energy.part:1.5 capacity.phase:0.75 capacity.feed:0.65 capacity.mean>:1.05 capacity.peak> "
            "capacity.when:1.25 capacity.rating> capacity.share>:1.7 capacity.limit>:0.8 "
            "capacity.limit_by capacity.reached:1.35 coverage>:1.1"
        ),
        (_row(one, matter) for one in loaded[:_MOST]),
        "report.capacity.none",
    )


def _tone(one: Loaded) -> Tone:
    return Tone.BAD if one.share > one.limit.share else Tone.PLAIN


def _enough(one: Loaded) -> bool:
    """Whether enough was measured for a single figure."""
    return one.load.coverage >= constant("coverage_least")


def _peak(one: Loaded) -> Value:
    """Return the share of the rating at the peak; where too little was measured it was that at least."""
    reached = share(one.share, 1)
    return reached if _enough(one) and not one.least else Say("report.capacity.at_least", (reached,))


def _called(one: Loaded, matter: Matter) -> Value:
    called = matter.site.called(one.node.id)
    return Say("report.capacity.on_phase", (called, Name(one.phase))) if one.phase else called


def _row(one: Loaded, matter: Matter) -> tuple[Value, ...]:
    load = one.load
    return (
        matter.site.called(one.node.id),
        Name(one.phase) if one.phase else None,
        Name(one.node.feed) if one.node.feed else None,
        Number(float(load.mean), one.unit, 1) if _enough(one) else None,
        Number(float(load.peak), one.unit, 1),
        Moment(load.peak_hour * 1000),
        Number(one.rating, one.unit),
        _peak(one),
        share(one.limit.share, 1),
        Say(f"report.capacity.by_{one.limit.by}"),
        reached(one),
        share(load.coverage, 1),
    )


def _daily(one: Loaded) -> list[tuple[float, float]]:
    """Return the peak of each day (UTC) as a share of the rating; a day that was half unread is none."""
    days: dict[int, list[int]] = {}
    for hour in one.load.hours:
        days.setdefault(hour.start // _DAY, []).append(hour.most)
    return [
        (float(day), max(most) / 1e6 / one.rating)
        for day, most in sorted(days.items())
        if len(most) >= _HOURS
    ]


def reached(one: Loaded) -> Value:
    """Return the day on which the limit is reached at the pace of the period, with the days it may be."""
    found = trend(_daily(one))
    if found is None:
        return Say("report.capacity.few_days", (Number(LEAST),))
    likely, early, late = found.reached(float(one.limit.share))
    if likely == 0.0:
        return Say("report.capacity.is_reached")
    if early == inf:
        return Say("report.capacity.never")
    if late == inf:
        return Say("report.capacity.not_before", (_day(found.last + early),))
    return Say(
        "report.capacity.on_day",
        (_day(found.last + likely), _day(found.last + early), _day(found.last + late)),
    )


def _day(day: float) -> Date:
    return Date(datetime.fromtimestamp(day * _DAY / 1000.0, UTC).date().isoformat())


def _unmeasured(nodes: Iterable[Node], matter: Matter) -> Block:
    return table(
        "unmeasured",
        "",
        cols("energy.part:2 capacity.id:1.4"),
        ((matter.site.called(node.id), Code(node.id)) for node in nodes),
        "report.capacity.all_measured",
    )


def _body(one: Loaded) -> Json:
    return {
        "part": one.node.id,
        "point": f"{one.load.point.id:016x}",
        "phase": one.phase,
        "peak": str(one.load.peak),
        "mean": str(one.load.mean),
        "rating": one.rating,
        "unit": one.unit,
        "limit": float(one.limit.share),
        "limit_by": one.limit.by,
        "trend": _trend(one),
    }


def _trend(one: Loaded) -> Json:
    """Return the trend of the daily peaks, shares of the rating: slope a day and level, with their ends."""
    found = trend(_daily(one))
    if found is None:
        return None
    likely, early, late = (
        None if days == inf else round(days, 1) for days in found.reached(float(one.limit.share))
    )
    return {
        "days": found.days,
        "level": round(found.level, 6),
        "slope": round(found.slope, 9),
        "least": round(found.least, 9),
        "most": round(found.most, 9),
        "lowest": round(found.lowest, 6),
        "highest": round(found.highest, 6),
        "limit": float(one.limit.share),
        "days_left": likely,
        "days_left_least": early,
        "days_left_most": late,
    }
