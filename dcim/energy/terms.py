"""What a site says of its energy beside what is measured: tariffs, commitments, boundaries, declarations."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from types import MappingProxyType

from dcim.energy.boundary import Category
from dcim.energy.demand import Committed
from dcim.energy.figures import Declared
from dcim.energy.tariff import Tariff
from dcim.record import dataclass, field


@dataclass(frozen=True, slots=True)
class EnergyTerms:
    """The section ``energy`` of the configuration.

    ``tariff`` names the one of the site. ``total`` and ``it`` are the parts at which everything and IT are
    measured, where the drawing does not say it; empty: as the drawing says. ``without``: parts that are no
    data centre (offices): everything is then measured below what feeds them too. ``operator``: fields of the
    EU's sheet that only the operator knows. ``cuts``: into how many parts the hours of all points are cut,
    for the edges of days and tariff bands; what says the energy of a supply of a tenant in ``committed`` is
    cut finer besides (``dcim.rollup.cuts``).
    """

    tariffs: Mapping[str, Tariff] = field(default_factory=lambda: MappingProxyType({}))
    tariff: str = ""
    committed: tuple[Committed, ...] = ()
    total: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    it: tuple[str, ...] = ()
    category: Category | None = None
    declared: tuple[Declared, ...] = ()
    operator: Mapping[str, Fraction] = field(default_factory=lambda: MappingProxyType({}))
    cuts: int = 1
