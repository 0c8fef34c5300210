"""The plans of a site's layouts: made when a layout is first seen, handed on when another stands for it.

layout ─▶ rules of each slot, paced ─▶ Plan; and from the layouts before it: what had a value, what is gone
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from dcim.alerts.cell import Cell, Name, fears_loss
from dcim.alerts.measured import Measured
from dcim.alerts.plan import Plan, Ranges, SlotRules
from dcim.alerts.rule import Rule
from dcim.alerts.ruleset import RuleSet, covering
from dcim.alerts.standing import Standing
from dcim.model import Asset, Lane, Layout, Point, Severity

_MOST_FAMILIES: Final = 4096  # of layouts that share their rules; beyond, sharing begins anew


class Plans:
    """Keeps the plan of every layout that is there now: ``known``. ``measured``: points that had a value.

    ``ranges``: what plans hold in common.
    """

    def __init__(
        self,
        rules: RuleSet,
        assets: Mapping[str, Asset],
        lasts: Callable[[Lane, float], float],
        standing: Standing,
    ) -> None:
        self.known: dict[Layout, Plan] = {}
        self.measured = Measured()
        self.ranges: Ranges = {}
        self._rules = rules
        self._assets = assets
        self._lasts = lasts
        self._standing = standing
        self._layouts: dict[str, list[Layout]] = {}
        self._paced: dict[tuple[Rule, float], Rule] = {}
        self._families: dict[SlotRules, SlotRules] = {}

    def rules_of(self, point: Point) -> tuple[Rule, ...]:
        """Return the rules that look at a point, as they are written; none where the device is not known."""
        asset = self._assets.get(point.asset)
        return self._rules.for_point(asset, point) if asset else ()

    def wake(self, cell: Cell) -> None:
        """Look at a cell's slot whatever it says next: no reading has moved its alert."""
        for layout in self._layouts.get(cell.point.asset, ()):
            self.known[layout].wake(cell)

    def wake_rated(self, asset: str, rating: str) -> None:
        """Look anew at what is a share of a rating of a device that has changed."""
        for layout in self._layouts[asset]:
            self.known[layout].wake_rated(rating)

    def adopt(self, layout: Layout) -> Plan:
        """Plan a layout seen for the first time, and forget those it stands for."""
        asset = self._assets.get(layout.asset)
        rules: SlotRules = ((),) * len(layout)
        if asset is not None:
            interval, by_metric = self._lasts(layout.lane, asset.interval), self._rules.for_asset(asset)
            rules = tuple(
                tuple(self._pace(rule, interval) for rule in covering(by_metric, point))
                for point in layout.points
            )
        if len(self._families) >= _MOST_FAMILIES:
            self._families.clear()
        plan = Plan.of(layout, self._families.setdefault(rules, rules), self._rules.ratings)
        self._forget_older(layout, plan)
        self._remember_lost(layout, plan)
        self.known[layout] = plan
        return plan

    def cells(self, plan: Plan, slot: int) -> tuple[Cell, ...]:
        """Return the cells of a slot: those that are kept, or new ones."""
        kept = plan.kept.get(slot)
        if kept is not None:
            return kept
        point, number = plan.layout.points[slot], plan.layout.ids[slot]
        measured = bool(plan.measured[slot])
        return tuple([self._cell(rule, point, number, measured=measured) for rule in plan.rules[slot]])

    def _pace(self, rule: Rule, interval: float) -> Rule:
        """Return a rule for points that are asked so often."""
        paced = self._paced.get((rule, interval))
        if paced is None:
            paced = self._paced[rule, interval] = rule.paced(interval)
        return paced

    def _cell(self, paced: Rule, point: Point, number: int, *, measured: bool) -> Cell:
        """Return the cell of a rule on a point, whose id is ``number``.

        One whose alert is under way goes on where it stands.
        """
        name = paced.name, number
        busy = self._standing.busy.get(name)
        if busy is None:
            return Cell(paced, point, measured=measured, _name=name)
        busy.rule, busy.measured, busy.missed = paced, busy.measured or measured, None
        return busy

    def _forget_older(self, layout: Layout, plan: Plan) -> None:
        """Drop the plans of layouts that this one replaces: those it shares a point with.

        The plan takes over what they know: which points had a value, and of those which are gone.
        """
        ids = set(layout.ids)
        kept: list[Layout] = []
        lost: dict[Name, Cell] = {}
        stood: dict[Name, Cell] = {}
        for older in self._layouts.get(layout.asset, []):
            if ids.isdisjoint(older.ids):
                kept.append(older)
            else:
                before = self.known.pop(older)
                lost |= {cell.name: cell for cell in self._losable(before)}
                stood |= {cell.name: cell for cell in _standing(before)}
        self._layouts[layout.asset] = [*kept, layout]
        for slot, rule in plan.losable:
            if lost.pop((rule.name, layout.ids[slot]), None) is not None:
                plan.measured[slot] = True
        plan.gone, plan.vanished = tuple(lost.values()), tuple(stood.values())
        here = ids.union(*(other.ids for other in kept))
        for each in (plan, *(self.known[other] for other in kept)):
            each.gone = tuple([cell for cell in each.gone if cell.point.id not in here])
            each.vanished = tuple([cell for cell in each.vanished if cell.point.id not in here])

    def _losable(self, plan: Plan) -> Iterator[Cell]:
        """Yield the cells of the rules that tell of a loss, of points that have had a value."""
        for slot, rule in plan.losable:
            if plan.measured[slot]:
                yield from (cell for cell in self.cells(plan, slot) if cell.rule.name == rule.name)
        yield from plan.gone

    def _remember_lost(self, layout: Layout, plan: Plan) -> None:
        """Give a plan what was measured before a restart: points that it has, and points that are gone."""
        if layout.own or not (before := self.measured.take(layout)):
            return
        for slot, _ in plan.losable:
            plan.measured[slot] |= layout.ids[slot] in before
        here = {point for known in self._layouts[layout.asset] for point in known.ids}
        asset = self._assets.get(layout.asset)
        interval = self._lasts(layout.lane, asset.interval) if asset else 0.0
        for point in before.values():
            if point.id not in here:
                rules = (self._pace(rule, interval) for rule in self.rules_of(point) if fears_loss(rule))
                plan.gone += tuple([self._cell(rule, point, point.id, measured=True) for rule in rules])


def _standing(plan: Plan) -> Iterator[Cell]:
    """Yield the cells of a plan whose alerts stand and may end with their point.

    A loss of the point tells just that; what is critical or latches ends by a reading or a person alone.
    """
    kept = (cell for cells in plan.kept.values() for cell in cells)
    for cell in (*kept, *plan.vanished):
        rule = cell.rule
        if cell.state.active and not (
            fears_loss(rule) or rule.latching or rule.severity is Severity.CRITICAL
        ):
            yield cell
