"""Figures of ISO/IEC 30134 and the form of (EU) 2024/1364: from measured sums and what people declared.

    PUE = E_DC / E_IT                      WUE = water [L] / E_IT [kWh]
    CUE = emissions [kg/kWh] * PUE         REF = renewable energy / E_DC
    ERF = reused energy / E_DC             CER = heat removed / electrical energy of the cooling

What was declared is named with its days and its source; that it is true is nobody's proof here.
"""

from __future__ import annotations

import hashlib
import json
import re
from datetime import date
from fractions import Fraction
from typing import Any, Dict, Iterable, Iterator, List, NamedTuple, Optional, Sequence, Tuple

PER_KWH = 3_600_000  # joules
ENOUGH = Fraction(99, 100)  # of the time: below it a figure is partial, and an energy has bounds only
DAY_US = 86_400_000_000
HOUR_US = 3_600_000_000
MONTHS = 12  # of a PUE; over any other time it is interim
RENEWABLE = ("renewable_goo", "renewable_ppa", "renewable_site")
DEFINED = {
    "WUE": ("water", "E_IT", ("water",)),
    "CUE": ("E_DC", "E_IT", ("emissions",)),
    "REF": ("renewable", "E_DC", RENEWABLE),
    "ERF": ("reused", "E_DC", ("reused",)),
    "CER": ("heat_removed", "E_COOL", ("heat_removed",)),
}
"""What stands over and under the line, and what is declared for it (CER: or measured, as Q_COOL)."""
DECLARED_FIELDS = (
    ("WIN", "water", "m3"),
    ("WIN-POT", "potable_water", "m3"),
    ("EREUSE", "reused", "kWh"),
    ("ERES-GOO", "renewable_goo", "kWh"),
    ("ERES-PPA", "renewable_ppa", "kWh"),
    ("ERES-OS", "renewable_site", "kWh"),
)
OPERATOR_FIELDS = (
    ("PDIT", "kW"),
    ("SDC", "m2"),
    ("SCR", "m2"),
    ("CBtG", "kWh"),
    ("TWH", "degC"),
    ("TIN", "degC"),
    ("CDD", "K.d"),
)
QUANTITIES = frozenset(("emissions", "heat_removed", *(what for _, what, _ in DECLARED_FIELDS)))
LINE_DECLARED = {"what", "value", "from", "to", "source"}


class Measured(NamedTuple):
    """A sum over its whole time: joules, microseconds, how its points are read, what is not measured."""

    least: int = 0
    best: int = 0
    most: int = 0
    known: int = 0
    period: int = 0
    methods: Tuple[str, ...] = ()
    without: Tuple[str, ...] = ()
    closed: bool = False

    @property
    def coverage(self) -> Fraction:
        """Return the share of the time that was measured; 0 of no time."""
        return Fraction(self.known, self.period) if self.period else Fraction(0)


class Input(NamedTuple):
    """What was declared of a quantity for days that lie in the period, and for how many of them."""

    what: str
    value: Fraction
    days: int
    of: int


def measured_of(claim: Any, found: List[List[int]]) -> Measured:
    """Return a sum over all its periods, as they were computed anew, with what the claim says beside."""
    least, best, most, known = (sum(each[place] for each in found) for place in range(4))
    period = len(claim["points"]) * (claim["edges_us"][-1] - claim["edges_us"][0])
    bounds = claim.get("boundary", {"nodes": [], "outside": [], "twice": []})
    closed = bool(bounds["nodes"]) and not bounds["outside"] and not bounds["twice"]
    methods = tuple(point["method"] for point in claim["points"])
    return Measured(least, best, most, known, period, methods, tuple(claim["without"]), closed)


def added(several: List[Dict[str, int]]) -> Dict[str, int]:
    """Return the doubts of several points together."""
    found: Dict[str, int] = {}
    for one in several:
        for why, span in one.items():
            found[why] = found.get(why, 0) + span
    return found


def exactly(value: Optional[Fraction]) -> Optional[str]:
    """Return a fraction as claims write it."""
    return None if value is None else "%d/%d" % (value.numerator, value.denominator)


def same(said: Any, found: Any) -> bool:
    """Whether two values are the same bytes: 1 is neither true nor 1.0."""
    return json.dumps(said, sort_keys=True) == json.dumps(found, sort_keys=True)


def hash_of(said: Any) -> str:
    """Return the SHA-256 of what was declared, as the fact ``site_described`` has it."""
    text = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def number(text: Any) -> Fraction:
    """Return a fraction that stands in lowest terms. Raises ``ValueError``."""
    value = Fraction(text) if isinstance(text, str) else Fraction(0)
    if exactly(value) != text:
        raise ValueError("fraction")
    return value


def inputs_of(said: Any, edges: Sequence[int]) -> Dict[str, Input]:
    """Return what was declared for a period between edges (us UTC). Raises what a wrong form raises."""
    if set(said) != {"days", "lines", "operator"} or len(said["days"]) != 2:
        raise ValueError("keys")
    first, after = map(date.fromisoformat, said["days"])
    for day, edge in ((first, edges[0]), (after, edges[-1])):
        midnight = (day - date(1970, 1, 1)).days * DAY_US
        if not -14 * HOUR_US <= edge - midnight <= 12 * HOUR_US:  # on the wall of some zone
            raise ValueError("period")
    for line in said["lines"]:
        if (
            set(line) != LINE_DECLARED
            or line["what"] not in QUANTITIES
            or not isinstance(line["source"], str)
        ):
            raise ValueError("keys")
    found = {}
    for what in QUANTITIES:
        lines = [line for line in said["lines"] if line["what"] == what]
        one = _input(what, lines, first, after)
        if one is not None:
            found[what] = one
    return found


def _input(what: str, lines: List[Any], first: date, after: date) -> Optional[Input]:
    """Return the sum of the lines that lie in the period; of emissions the mean, weighted by days."""
    fits, days = [], set()
    for line in lines:
        begins, ends = date.fromisoformat(line["from"]), date.fromisoformat(line["to"])
        if first <= begins and ends < after:
            fits.append((number(line["value"]), (ends - begins).days + 1))
            days |= set(range(begins.toordinal(), ends.toordinal() + 1))
    if not fits:
        return None
    value = sum((value for value, _ in fits), Fraction(0))
    if what == "emissions":
        value = sum((value * span for value, span in fits), Fraction(0)) / sum(span for _, span in fits)
    return Input(what, value, len(days), (after - first).days)


def ratio(
    name: str, sums: Dict[str, Measured], inputs: Dict[str, Input], days: Sequence[str]
) -> Dict[str, Any]:
    """Return everything that a claim says of a figure. Raises ``ValueError`` for one that is none."""
    if name not in DEFINED:
        return _pue(name, sums, days)
    upper, lower, wanted = DEFINED[name]
    used = [inputs[what] for what in wanted if what in inputs]
    if name == "CER":
        return _cer(sums, used)
    below = sums[lower]
    if not used:
        return _said(upper, lower, (), (None, None, None), Fraction(0), ["undeclared"])
    share = min(Fraction(one.days, one.of) for one in used)
    partial = [] if share == 1 else ["days"]
    if name == "CUE":
        bounds, covered, thin = _over(sums[upper], below)
        scaled = [None if one is None else one * used[0].value for one in bounds]
        return _said(upper, lower, used, scaled, min(covered, share), partial + thin)
    value = sum((one.value for one in used), Fraction(0)) * (1000 if name == "WUE" else 1)
    each = [value * PER_KWH / one if one > 0 else None for one in (below.best, below.most, below.least)]
    return _said(upper, lower, used, each, min(below.coverage, share), partial)


def _pue(name: str, sums: Dict[str, Measured], days: Sequence[str]) -> Dict[str, Any]:
    """Return a PUE: that of twelve months, or interim (iPUE); its category is 1, 2 or 3."""
    if re.fullmatch("i?PUE[123]", name) is None or name.startswith("PUE") != _year(*days):
        raise ValueError("name")
    everything, it = sums["E_DC"], sums["E_IT"]
    bounds, covered, thin = _over(everything, it)
    partial = [word for word, one in (("total", everything), ("it", it)) if not one.closed]
    return _said("E_DC", "E_IT", (), bounds, covered, partial + thin)


def _year(first: str, after: str) -> bool:
    begin, end = date.fromisoformat(first), date.fromisoformat(after)
    leap = (begin.month, begin.day) == (2, 29)
    return end == (date(begin.year + 1, 3, 1) if leap else begin.replace(year=begin.year + MONTHS // 12))


def _cer(sums: Dict[str, Measured], used: List[Input]) -> Dict[str, Any]:
    """Return heat removed over the energy of cooling: as declared, or as measured where each unit is."""
    cooling, heat, upper = sums["E_COOL"], sums["Q_COOL"], "Q_COOL"
    if used:
        joules, milliseconds = round(used[0].value * PER_KWH), cooling.period // 1000
        known = milliseconds * used[0].days // used[0].of * 1000
        heat, upper = Measured(joules, joules, joules, known, cooling.period), "heat_removed"
    elif heat.without:
        heat = Measured()
    bounds, covered, _ = _over(heat, cooling)
    return _said(upper, "E_COOL", used, bounds, covered, ["cooling"] if cooling.without else [])


def _over(upper: Measured, lower: Measured) -> Tuple[List[Optional[Fraction]], Fraction, List[str]]:
    """Return best, least, most of one energy over another, the coverage, and a word where that is little."""
    told = upper.known > 0 and lower.known > 0 and lower.best > 0
    best = Fraction(upper.best, lower.best) if told else None
    least = Fraction(upper.least, lower.most) if lower.most > 0 else None
    most = Fraction(upper.most, lower.least) if lower.least > 0 else None
    covered = min(upper.coverage, lower.coverage)
    return [best, least, most], covered, ["coverage"] if covered < ENOUGH else []


def _said(
    upper: str,
    lower: str,
    used: Iterable[Input],
    bounds: Sequence[Optional[Fraction]],
    covered: Fraction,
    partial: List[str],
) -> Dict[str, Any]:
    best, least, most = map(exactly, bounds)
    inputs = [{"what": one.what, "value": exactly(one.value), "days": one.days, "of": one.of} for one in used]
    return {
        "upper": upper,
        "lower": lower,
        "inputs": inputs,
        "best": best,
        "least": least,
        "most": most,
        "coverage": exactly(covered),
        "partial": partial,
    }


def sheet(sums: Dict[str, Measured], inputs: Dict[str, Input], operator: Any) -> Iterator[Dict[str, Any]]:
    """Yield the fields of the form: what was measured, what only the operator knows, what was declared."""
    if set(operator) - {name for name, _ in OPERATOR_FIELDS}:
        raise ValueError("keys")
    for name, one in (("EDC", "E_DC"), ("EDC-BG", "E_BG"), ("EIT", "EIT" if "EIT" in sums else "E_IT")):
        yield _energy(name, sums[one])
    for name, unit in OPERATOR_FIELDS:
        yield _field(name, number(operator[name]) if name in operator else None, unit, Fraction(1))
    for name, what, unit in DECLARED_FIELDS:
        yield _declared(name, [inputs[what]] if what in inputs else [], unit)
    yield _declared("ERES-TOT", [inputs[what] for what in RENEWABLE if what in inputs], "kWh")


def _energy(name: str, one: Measured) -> Dict[str, Any]:
    if not one.known:
        return _field(name, None, "kWh", Fraction(0))
    best, least, most = (Fraction(joules, PER_KWH) for joules in (one.best, one.least, one.most))
    told = one.coverage >= ENOUGH
    how = one.methods[0] if len(set(one.methods)) == 1 else "mixed"
    found = _field(name, best, "kWh", one.coverage, how)
    return {**found, "value": exactly(best if told else None), "least": exactly(least), "most": exactly(most)}


def _declared(name: str, used: List[Input], unit: str) -> Dict[str, Any]:
    if not used:
        return _field(name, None, unit, Fraction(0))
    value = sum((one.value for one in used), Fraction(0))
    return _field(name, value, unit, min(Fraction(one.days, one.of) for one in used))


def _field(
    name: str, value: Optional[Fraction], unit: str, covered: Fraction, how: str = "declared"
) -> Dict[str, Any]:
    return {
        "name": name,
        "value": exactly(value),
        "least": None,
        "most": None,
        "unit": unit,
        "how": "none" if value is None else how,
        "coverage": exactly(Fraction(0) if value is None else covered),
    }
