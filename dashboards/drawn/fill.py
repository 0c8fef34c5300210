"""The variables of a dashboard filled in, as Grafana does. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

_VARIABLE = re.compile(r"\$\{(\w+)(?::\w+)?\}|\$(\w+)")


@dataclass(frozen=True, slots=True)
class Span:
    """What is shown: from and to in UTC seconds, and the step in seconds."""

    start: float
    end: float
    step: float = 15.0


@dataclass(frozen=True, slots=True)
class Filling:
    """What stands for the variables; a place that nobody chose is all of them."""

    span: Span
    chosen: Mapping[str, str] = field(default_factory=dict)

    def of_panel(self, panel: Mapping[str, Any]) -> Filling:
        """Return it with steps of no less than the interval of a panel, in ``s`` or ``m``, as in Grafana."""
        interval = str(panel.get("interval") or "1s")
        least = float(interval[:-1]) * {"s": 1, "m": 60}[interval[-1]]
        return replace(self, span=replace(self.span, step=max(self.span.step, least)))

    def __call__(self, text: str) -> str:
        """Return a query without a variable in it."""
        span = self.span
        known = {
            "__rate_interval": f"{max(60, int(4 * span.step))}s",
            "__interval": f"{int(span.step)}s",
            "__range": f"{int(span.end - span.start)}s",
            "__to": str(int(span.end * 1000)),
            "__from": str(int(span.start * 1000)),
            "timeFilter": f"time >= {int(span.start * 1000)}ms and time <= {int(span.end * 1000)}ms",
            **self.chosen,
        }
        return _VARIABLE.sub(lambda found: known.get(found[1] or found[2], ".*"), text)
