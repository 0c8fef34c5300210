"""What of a device is held against what, found once a layout: most devices have nothing to compare. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from dcim.model import Batch, Labels, Layout
from dcim.plausible.formula import EQUATIONS, Equation
from dcim.plausible.judge import Verdict, judge_values
from dcim.record import dataclass


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """The equations that layouts allow, and the slots they need: batch, slot, metric, labels."""

    layouts: tuple[Layout, ...]
    equations: tuple[Equation, ...]
    needed: tuple[tuple[int, int, str, Labels], ...]

    @classmethod
    def of(cls, layouts: Sequence[Layout], equations: Sequence[Equation] = EQUATIONS) -> Plan:
        """Return what can be judged on these layouts."""
        there = {point.metric for layout in layouts for point in layout.points}
        fitting = tuple(
            equation
            for equation in equations
            if any(formula.metrics <= there for formula in equation.formulas)
        )
        wanted = {metric for one in fitting for formula in one.formulas for metric in formula.metrics}
        needed = tuple(
            (number, slot, point.metric, point.labels)
            for number, layout in enumerate(layouts)
            for slot, point in enumerate(layout.points)
            if point.metric in wanted
        )
        return cls(tuple(layouts), fitting, needed)

    def holds(self, layouts: Sequence[Layout]) -> bool:
        """Whether the plan was made for these very layouts."""
        return len(layouts) == len(self.layouts) and all(map(_same, layouts, self.layouts))

    def judge(self, batches: Sequence[Batch]) -> tuple[Verdict, ...]:
        """Return the verdicts on batches of these layouts, as ``judge`` does."""
        if not self.equations:
            return ()
        values: dict[str, dict[Labels, float]] = defaultdict(dict)
        for number, slot, metric, labels in self.needed:
            values[metric][labels] = batches[number].values[slot]
        return judge_values(values, self.equations)


def _same(one: Layout, other: Layout) -> bool:
    return one is other
