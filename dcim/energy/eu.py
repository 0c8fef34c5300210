"""The sheet of the EU's Delegated Regulation 2024/1364, Annex II, as far as its fields are known. Pure.

Used as the reference form also where the regulation does not hold; a field that nobody measured or declared
stays empty, and says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Final

from dcim.energy.amount import Amount
from dcim.energy.figures import Input, Quantity
from dcim.record import dataclass, replace
from dcim.standards import STANDARDS

_KWH: Final = 3_600_000


@dataclass(frozen=True, slots=True)
class Field:
    """One field: its name in the annex, what it is, and its value; None: neither measured nor declared.

    ``least`` and ``most`` bound what was measured; None for what was declared. ``told``: whether the value
    may be stated by itself, and is not the sum of too little that was measured.
    """

    name: str
    what: str
    value: Fraction | None
    unit: str
    how: str  # counter, integrated, mixed, declared, none
    coverage: Fraction
    cited: str
    least: Fraction | None = None
    most: Fraction | None = None
    told: bool = True


@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured of a year: all energy, that of back-up generators, and that of IT at the UPS."""

    total: Amount
    backup: Amount | None
    it: Amount


_TEXTS: Final = {
    "PDIT": ("pdit", "kW"),
    "SDC": ("sdc", "m2"),
    "SCR": ("scr", "m2"),
    "CBtG": ("cbtg", "kWh"),
    "TWH": ("twh", "degC"),
    "TIN": ("tin", "degC"),
    "CDD": ("cdd", "K.d"),
}
_DECLARED: Final = {
    "WIN": ("win", Quantity.WATER, "m3"),
    "WIN-POT": ("win_pot", Quantity.POTABLE_WATER, "m3"),
    "EREUSE": ("ereuse", Quantity.REUSED, "kWh"),
    "ERES-GOO": ("eres_goo", Quantity.RENEWABLE_GOO, "kWh"),
    "ERES-PPA": ("eres_ppa", Quantity.RENEWABLE_PPA, "kWh"),
    "ERES-OS": ("eres_os", Quantity.RENEWABLE_SITE, "kWh"),
}


def sheet(measured: Measured, inputs: Mapping[Quantity, Input], said: Mapping[str, Fraction]) -> list[Field]:
    """Return the fields in the order of the annex. ``said``: what only the operator knows, by its name."""
    found = [
        _energy("EDC", "edc", measured.total),
        _energy("EDC-BG", "edc_bg", measured.backup),
        _energy("EIT", "eit", measured.it),
    ]
    for name, (key, unit) in _TEXTS.items():
        found.append(_field(name, key, said.get(name), unit, "declared"))
    for name, (key, quantity, unit) in _DECLARED.items():
        one = inputs.get(quantity)
        share = Fraction(one.days, one.of) if one else Fraction(0)
        found.append(_field(name, key, one.value if one else None, unit, "declared", share))
    parts = [inputs[one] for _, one, _ in list(_DECLARED.values())[3:] if one in inputs]
    whole = sum((one.value for one in parts), Fraction(0)) if parts else None
    share = min((Fraction(one.days, one.of) for one in parts), default=Fraction(0))
    return [*found, _field("ERES-TOT", "eres_tot", whole, "kWh", "declared", share)]


def _energy(name: str, key: str, amount: Amount | None) -> Field:
    if amount is None or not amount.known:
        return _field(name, key, None, "kWh", "none")
    found = _field(name, key, Fraction(amount.best, _KWH), "kWh", str(amount.method), amount.coverage)
    least, most = Fraction(amount.least, _KWH), Fraction(amount.most, _KWH)
    return replace(found, least=least, most=most, told=amount.told)


def _field(
    name: str, key: str, value: Fraction | None, unit: str, how: str, coverage: Fraction = Fraction(1)
) -> Field:
    entry = STANDARDS[f"eu_field_{key}"]
    share = Fraction(0) if value is None else coverage
    return Field(name, entry.value, value, unit, how if value is not None else "none", share, entry.cited)
