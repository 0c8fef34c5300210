"""What reports claim of energy, computed again from the sections of roll-ups (``docs/energy.md``)."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from fractions import Fraction
from typing import Any, Dict, Iterator, List, Optional, Tuple

from dcim.evidence.verifier.accounts import Account, HourKey, hour_at, hour_of, misplaced
from dcim.evidence.verifier.bands import fixed_at
from dcim.evidence.verifier.chain import Fact
from dcim.evidence.verifier.counters import ONE_HOUR
from dcim.evidence.verifier.declared import (
    Measured,
    added,
    exactly,
    inputs_of,
    measured_of,
    ratio,
    same,
    sheet,
)
from dcim.evidence.verifier.demand import demanded, edges_of
from dcim.evidence.verifier.described import Described
from dcim.evidence.verifier.report import Report
from dcim.evidence.verifier.rows import Rows
from dcim.evidence.verifier.shares import FIELDS_OF_AMOUNT, Row, of_bands, of_parts
from dcim.evidence.verifier.supplies import Drawings


class Energy:
    """Gathers what accounts rest on: rows of sections, roots and exchanges that facts recorded."""

    def __init__(self, report: Report, drawings: Optional[Drawings] = None) -> None:
        self._report = report
        self._drawings = drawings or Drawings(None, report)
        self.accounts: List[Account] = []
        self.kinds = frozenset(
            ("hardware_changed", "rollup_closed", "report_issued", "topology", "site_described")
        )
        self._described = Described(report)
        self.claims = 0
        self._rows = Rows()
        self._roots: Dict[HourKey, Tuple[str, int]] = {}  # and the fact that recorded it
        self._exchanges: Dict[str, List[Tuple[int, int]]] = {}  # when (ms), and the fact
        self._heads: Dict[str, int] = {}

    def add(self, account: Account) -> None:
        """Take an account, before any section is read."""
        self.accounts.append(account)
        self._rows.want(account)

    def section(self, hour: str, version: int, text: str) -> None:
        """Take a section that is a leaf of its root."""
        self._rows.section(hour, version, text)

    def take(self, fact: Fact) -> None:
        """Keep what a fact says that an account may need."""
        if fact.kind not in self.kinds or not (self.accounts or fact.kind == "topology"):
            return
        try:
            self._keep(fact)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            self._report.add("fact_body", sequence=fact.sequence, why=type(error).__name__)

    def _keep(self, fact: Fact) -> None:
        if fact.kind == "hardware_changed":
            self._exchanges.setdefault(fact.subject, []).append((fact.at // 1000, fact.sequence))
        elif fact.kind == "rollup_closed":
            said = json.loads(fact.body)
            self._roots[fact.subject, int(said["version"])] = str(said["root"]), fact.sequence
        elif fact.kind == "topology":
            self._drawings.take(fact)
        elif fact.kind == "site_described":
            self._described.take(fact)
        elif fact.kind == "report_issued":
            said = json.loads(fact.body)
            self._heads.setdefault(str(said.get("claim")), _sequence(said.get("head"), fact.sequence))

    def finish(self) -> None:
        """Compute every account again, and say where it differs."""
        self._drawings.finish()
        for one in self.accounts:
            head = self._heads.get(one.digest)
            if head is None:
                continue  # said already: nobody issued it
            try:
                self._again(one, head)
            except (ValueError, KeyError, TypeError, AttributeError, IndexError, ArithmeticError) as error:
                self._report.add("claim_form", file=one.file, why=type(error).__name__)

    def _again(self, one: Account, head: int) -> None:
        for claim in one.demands:
            self._supplies(one, claim, head)
        if one.version != 1:
            self._described.hold(one, head)
        self._drawn(one, head)
        self._recorded(one, head)
        for what, said, found in misplaced(one):
            self._report.add("claim_label", file=one.file, what=what, said=said, found=found)
        if one.unproven:
            self._report.note("energy_unproven", file=one.file)
            return
        self._blocks(one, head)
        self._claims(one, head)
        self._rows_of(one, head)
        for claim in one.demands:
            self._demand(one, claim, head)

    def limits(self) -> None:
        """Say what the facts do not show of an account."""
        if self.accounts:
            self._report.note("cannot_meters")
        if any(one.version == 1 for one in self.accounts):
            self._report.note("cannot_declared")
        if any(one.version != 1 for one in self.accounts):
            self._report.note("cannot_true")
        clocks = {one.bands["tariff"]["clock"] for one in self.accounts if one.bands is not None}
        for clock in sorted(one for one in clocks if fixed_at(one) is None):
            self._report.note("cannot_clock", clock=clock)
        if any(one.demands for one in self.accounts):
            self._report.note("cannot_subscribed")

    def _blocks(self, one: Account, head: int) -> None:
        """Each block must be the newest of its hour when the report was made, and none may be left out."""
        newest: Dict[str, int] = {}
        for (hour, version), (_, sequence) in self._roots.items():
            if sequence <= head:
                newest[hour] = max(version, newest.get(hour, 0))
        for (hour, version), root in sorted(one.blocks.items()):
            recorded = self._roots.get((hour, version), ("", 0))[0]
            if recorded != root or newest.get(hour) != version:
                self._report.add("energy_block", file=one.file, hour=hour, version=version)
        used = {hour for hour, _ in one.blocks}
        for hour in sorted(set(newest) - used):
            if any(start <= hour_of(hour) < end for start, end in _spans(one)):
                self._report.add("energy_left_out", file=one.file, hour=hour)

    def _recorded(self, one: Account, head: int) -> None:
        """An hour said to stand on no block must have had none by then, or none that is cut for it."""
        recorded = {hour_of(hour) for (hour, _), (_, at) in self._roots.items() if at <= head}
        wrong = recorded.intersection(one.unproven)
        for claim in one.demands:
            hours = [hour_at(at * 1000) for at in claim["unproven_ms"]]
            wrong.update(at for at in hours if at in recorded and not self._coarse(one, claim, at))
        for at in sorted(wrong):
            name = datetime.fromtimestamp(at // 1000, timezone.utc).strftime("%Y-%m-%dT%H")
            self._report.add("energy_recorded", file=one.file, hour=name)

    def _coarse(self, one: Account, claim: Any, at: int) -> bool:
        """Whether a point of a demand is not cut at its intervals in the block of an hour."""
        edges = edges_of(claim)
        wanted = next((n for n in range(1, 60) if not any(one * n % ONE_HOUR for one in edges[:2])), 60)
        rows = [
            self._rows.row(hour, point)
            for hour in one.blocks
            if hour_of(hour[0]) == at
            for point in claim["points"]
        ]
        return any(row is not None and row[0] % wanted for row in rows)

    def _claims(self, one: Account, head: int) -> None:
        sums: Dict[str, List[List[int]]] = {}
        for claim in one.claims:
            if claim["claim"] == "energy":
                sums[claim["name"]] = self._sums(one, claim, head)
                self.claims += 1
        if one.version == 1:
            first = {name: found[0] if found else [0, 0, 0, 0] for name, found in sums.items()}
            for claim in one.claims:
                if claim["claim"] == "ratio":
                    self._ratio(one, claim, first[claim["upper"]], first[claim["lower"]])
                    self.claims += 1
        elif one.declared is not None:
            self._figures(
                one, {c["name"]: measured_of(c, sums[c["name"]]) for c in one.claims if "sums" in c}
            )

    def _figures(self, one: Account, sums: Dict[str, Measured]) -> None:
        """Compute ratios and the form anew: from sums that were computed anew, and from what was declared."""
        inputs = inputs_of(one.declared, one.claims[0]["edges_us"])
        for claim in one.claims:
            if claim["claim"] == "ratio":
                found = ratio(claim["name"], sums, inputs, one.declared["days"])
                self._alike(one, claim, {**found, "claim": "ratio", "version": 2, "name": claim["name"]})
                self.claims += 1
        fields = list(sheet(sums, inputs, one.declared["operator"]))
        if [field["name"] for field in one.fields] != [field["name"] for field in fields]:
            raise ValueError("figures")
        for said, field in zip(one.fields, fields):
            self._alike(one, said, field)
        self.claims += 1

    def _alike(self, one: Account, said: Any, found: Dict[str, Any]) -> None:
        for name in sorted({*said, *found}):
            if name not in said or name not in found or not same(said[name], found[name]):
                what = "%s: %s" % (found["name"], name)
                values = {"said": said.get(name), "found": found.get(name)}
                self._report.add("claim_wrong", file=one.file, what=what, **values)

    def _sums(self, one: Account, claim: Any, head: int) -> List[List[int]]:
        edges = [edge // 1000 for edge in claim["edges_us"]]
        totals = [[0, 0, 0, 0] for _ in edges[1:]]
        for point in claim["points"]:
            again = self._point(one, point, edges, head)
            totals = [[a + b for a, b in zip(total, found)] for total, found in zip(totals, again)]
        if len(totals) != len(claim["sums"]):
            raise ValueError("sums")
        for number, (found, said) in enumerate(zip(totals, claim["sums"])):
            self._same(one, "%s %d" % (claim["name"], number + 1), said, found)
            span = edges[number + 1] - edges[number]
            if not same(said["period_us"], len(claim["points"]) * span * 1000):
                raise ValueError("period")
            doubts = [point["amounts"][number]["doubts"] for point in claim["points"]]
            if one.version != 1 and not same(said["doubts"], added(doubts)):
                raise ValueError("doubts")
        return totals

    def _point(self, one: Account, point: Any, edges: List[int], head: int) -> List[List[int]]:
        """Hold what one point is said to have given in each period; return what it gave."""
        self._known(one, point, head)
        again = self._rows.amounts(one, point, edges)
        if len(again) != len(point["amounts"]):
            raise ValueError("amounts")
        for number, (found, said) in enumerate(zip(again, point["amounts"])):
            self._same(one, "%s %s %d" % (point["asset"], point["metric"], number + 1), said, found)
            if not same(said["period_us"], (edges[number + 1] - edges[number]) * 1000):
                raise ValueError("period")
        if one.version != 1:
            self._doubts(one, point, edges)
        return again

    def _rows_of(self, one: Account, head: int) -> None:
        """Compute tenants, racks, feeds and bands anew, each from the points that it is said to be of."""
        found: List[Row] = []
        if one.parts is not None:
            edges = [edge // 1000 for edge in one.claims[0]["edges_us"]]
            again = [self._point(one, point, edges, head) for point in one.parts["points"]]
            found += of_parts(one.parts, again, edges)
        if one.bands is not None:
            found += of_bands(self._rows, one)
        for name, said, computed in found:
            self.claims += 1
            for field, value in computed.items():
                if not same(said[field], value):
                    what = "%s: %s" % (name, field)
                    self._report.add("claim_wrong", file=one.file, what=what, said=said[field], found=value)

    def _drawn(self, one: Account, head: int) -> None:
        """Hold tenants, racks and feeds, and the points of each, against the drawing: no block is needed."""
        if one.parts is None:
            return
        wrong = self._drawings.strange(one.parts, one.claims[0]["edges_us"][0], head)
        if wrong is None:
            self._report.note("parts_undrawn", file=one.file)
        elif wrong:
            self._report.add("parts_drawn", file=one.file, count=len(wrong), first=wrong[0])

    def _supplies(self, one: Account, claim: Any, head: int) -> None:
        """Hold the points of a demand against the drawing: no block is needed for that."""
        fits = self._drawings.fits(claim, head)
        if fits is None:
            self._report.note("demand_undrawn", file=one.file, tenant=str(claim["tenant"]))
        elif not fits:
            self._report.add("demand_supplies", file=one.file, tenant=str(claim["tenant"]))

    def _demand(self, one: Account, claim: Any, head: int) -> None:
        """Hold the demand of each interval against what was subscribed, from the same blocks."""
        tenant = str(claim["tenant"])
        if claim["unproven_ms"]:
            self._report.note("demand_unproven", file=one.file, tenant=tenant)
            return
        edges = edges_of(claim)
        for point in claim["points"]:
            self._known(one, point, head)
        again = [self._rows.amounts(one, point, edges) for point in claim["points"]]
        for name, value in demanded(again, edges, claim["watts"]).items():
            if not same(claim[name], value):
                what = "%s: %s" % (tenant, name)
                self._report.add("claim_wrong", file=one.file, what=what, said=claim[name], found=value)
        self.claims += 1

    def _doubts(self, one: Account, point: Any, edges: List[int]) -> None:
        """Hold for how long, and why, an energy is not known."""
        for amount, found in zip(point["amounts"], self._rows.doubts(one, point, edges)):
            if not same(amount["doubts"], found):
                what = "%s %s: doubts" % (point["asset"], point["metric"])
                self._report.add("claim_wrong", file=one.file, what=what, said=amount["doubts"], found=found)

    def _known(self, one: Account, point: Any, head: int) -> None:
        """The exchanges that a claim reckons with are those that facts recorded, all of them."""
        recorded = [at for at, sequence in self._exchanges.get(point["asset"], []) if sequence <= head]
        if point["method"] == "counter" and sorted(recorded) != sorted(point["exchanges"]):
            what = "%s: exchanges" % point["asset"]
            self._report.add("claim_wrong", file=one.file, what=what, said=point["exchanges"], found=recorded)

    def _ratio(self, one: Account, claim: Any, upper: List[int], lower: List[int]) -> None:
        found = {
            "best": _exact(upper[1], lower[1]) if upper[3] and lower[3] else None,
            "least": _exact(upper[0], lower[2]),
            "most": _exact(upper[2], lower[0]),
        }
        for name, value in found.items():
            if claim[name] != value:
                what = "%s: %s" % (claim["name"], name)
                self._report.add("claim_wrong", file=one.file, what=what, said=claim[name], found=value)

    def _same(self, one: Account, place: str, said: Any, found: List[int]) -> None:
        for name, value in zip(FIELDS_OF_AMOUNT, found):
            if not same(said[name], value):
                what = "%s: %s" % (place, name)
                self._report.add("claim_wrong", file=one.file, what=what, said=said[name], found=value)


def _spans(one: Account) -> Iterator[Tuple[int, int]]:
    for claim in one.claims:
        if claim.get("claim") == "energy":
            yield claim["edges_us"][0] // 1000, claim["edges_us"][-1] // 1000


def _exact(part: int, whole: int) -> Optional[str]:
    return exactly(Fraction(part, whole)) if whole > 0 else None


def _sequence(head: Any, otherwise: int) -> int:
    """Return the sequence of a head as a report names it: ``site chain epoch sequence hash``."""
    parts = str(head).split()
    return int(parts[3]) if len(parts) == 5 and parts[3].isdecimal() else otherwise
