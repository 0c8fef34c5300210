"""A promise of availability, as the parties wrote it down."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from fractions import Fraction
from types import MappingProxyType
from typing import Final, Literal, TypeAlias

from dcim.record import dataclass, field
from dcim.standards import constant

DAY: Final = 86_400_000_000
"""Microseconds."""


class Counts(StrEnum):
    """What a contract counts as available."""

    FUNCTION = "function"  # the service works
    REDUNDANCY = "redundancy"  # it works and nothing of it is missing


class Excusable(StrEnum):
    """Lost time that a contract may leave out of the account."""

    FORCE_MAJEURE = "force_majeure"
    SCHEDULED = "scheduled_maintenance"


Every: TypeAlias = Literal["day", "week", "month", "quarter", "year"]


@dataclass(frozen=True, slots=True)
class Penalty:
    """What is owed when the availability of a period is below a share; ``credit`` is a share of its price."""

    below: Fraction
    credit: Fraction


@dataclass(frozen=True, slots=True)
class Contract:
    """What was promised for some services together: at least ``needs`` of them work (0: all of them).

    ``target`` and ``coverage`` are shares of 1, exact; ``notice``: microseconds before the start of a window;
    ``causes``: the only ones that force majeure may be claimed for (empty: any that a named person states);
    ``weights`` say how much of the whole each service is, in ``unit`` (those not named: 1).
    ``first`` and ``last`` are the days of the site on which it holds, both included.
    """

    id: str
    services: tuple[str, ...] = ()
    needs: int = 0
    name: str = ""
    clause: str = ""
    tenant: str = ""
    target: Fraction | None = None
    every: Every = "month"
    counts: Counts = Counts.FUNCTION
    excluded: frozenset[Excusable] = frozenset()
    notice: int = field(default_factory=lambda: int(constant("notice") * DAY))
    coverage: Fraction = field(default_factory=lambda: constant("coverage_least"))
    causes: tuple[str, ...] = ()
    penalties: tuple[Penalty, ...] = ()
    weights: Mapping[str, Fraction] = field(default_factory=lambda: MappingProxyType({}))
    unit: str = ""
    first: date | None = None
    last: date | None = None

    @property
    def least(self) -> int:
        """Return how many of the services have to work."""
        return self.needs or len(self.services)


LOOSE: Final = Contract("")
"""No contract: nothing is left out, nothing was promised."""
