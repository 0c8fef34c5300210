"""What somebody asks for: a kind of report, whose, of which time, in which languages and forms. Pure."""

from __future__ import annotations

from typing import Final

from dcim.alerts import Language
from dcim.record import dataclass
from dcim.reports.model import Kind, Microseconds, Period
from dcim.reports.render import Form
from dcim.reports.scope import AXES, NothingLike, Scope
from dcim.reports.when import NoPeriod, begun, between, period

LAST_MONTH: Final = "last-month"


@dataclass(frozen=True, slots=True)
class Wish:
    """A report as somebody asks for it: a period by name, or from one moment to before another."""

    kind: Kind
    scope: str = ""
    period: str = ""
    since: str = ""
    until: str = ""
    languages: tuple[Language, ...] = ()  # empty: that of the site
    forms: tuple[Form, ...] = (Form.PDF,)

    def whose(self) -> Scope:
        """Return whose report it is. Raises ``NothingLike`` for a scope that the kind cannot have."""
        found = Scope.parse(self.scope)
        if found.axis == "incident" and self.kind is not Kind.INCIDENT:
            possible = ", ".join(f"{one}:NAME" for one in AXES if one != "incident")
            msg = f"a report on {self.kind} is not of one incident: expected site, {possible}"
            raise NothingLike(msg)
        return found

    def of(self, zone: str, now: Microseconds) -> Period:
        """Return the period in the site's zone. Raises ``NothingLike`` when it names none to report of."""
        try:
            if self.since and self.until:
                return begun(between(self.since, self.until, zone), now)
            return begun(period(self.period or self.since or LAST_MONTH, zone, now), now)
        except (NoPeriod, OverflowError) as why:  # the last day that a date can be has no end
            raise NothingLike(str(why)) from why
