"""What agents count in tenths comes as whole numbers; one with a decimal point is another firmware's unit, and no reading.

Pains: A1, A3. Firmware changes from whole tenths to text with a decimal point, or the other way; ten times too much
or too little is worse than nothing.
"""

from __future__ import annotations

from pathlib import Path
from random import randrange

import pytest

from collectors.snmp.answers import recording
from collectors.snmp.answers.cells import Cell, Cells
from collectors.snmp.dialect.library import SHIPPED, Library
from collectors.snmp.engine import oid
from collectors.snmp.engine.value import Tag
from collectors.snmp.recordings.offline import decode_cells
from dcim.catalogue import METRICS
from dcim.collect import Decoded
from dcim.model import GapReason

BIGGEST = [
    max(folder.glob("*.snmprec"), key=lambda path: path.stat().st_size)
    for folder in sorted(SHIPPED.iterdir())
]
PLAIN = {"volts", "amperes", "watts", "hertz", "celsius"}
"""Base units in which manuals and people write the number; a percentage is 100 times the ratio that we keep."""

UNIT_BESIDE = {
    "algcom_sm": "a cell beside each number says mV: 229.1 mV is what the device says",
    "packetpower_eg": "as algcom_sm, of mHz and mA",
}


def numbers(decoded: Decoded) -> dict[str, tuple[str, float]]:
    """Unit and value of each number, by the cell in which it stands."""
    return {
        batch.layout.sources[at]: (METRICS[point.metric].unit, batch.values[at])
        for batch in decoded.batches
        for at, point in enumerate(batch.layout.points)
        if batch.layout.states[at] is None and at not in batch.gaps
    }


def with_points(cells: Cells, found: dict[str, tuple[str, float]]) -> tuple[Cells, set[str]]:
    """Return the device whose agent writes its tenths, hundredths and thousandths as text with a decimal point."""
    changed, written = Cells(dict(cells.by_oid)), set()
    for source, (unit, value) in found.items():
        cell = cells.get(oid.encode(source))
        if unit in PLAIN and cell is not None and isinstance(cell.value, int):
            digits = next((n for n in (1, 2, 3) if cell.value and abs(value * 10**n - cell.value) < 1e-6), 0)
            if digits:
                text = f"{value:.{digits}f}".encode()
                changed.put(oid.encode(source), Cell(Tag.OCTET_STRING, text))
                written.add(source)
    return changed, written


@pytest.mark.parametrize("one_of", [6, pytest.param(1, marks=pytest.mark.long)])
def test_a_number_with_a_decimal_point_is_never_read_as_tenths(shipped: Library, one_of: int) -> None:
    """One family of six, and in `make long` all of them."""
    wrong, tried = {}, 0
    looked_at = BIGGEST[randrange(one_of) :: one_of]
    for path in looked_at:
        cells, own = recording.read(path), (path.parent.name,)
        whole = numbers(decode_cells(cells, shipped, own))
        changed, written = with_points(cells, whole)
        after = numbers(decode_cells(changed, shipped, own))
        tried += len(written)
        lost = {source: after[source] for source in written & after.keys()}
        if several := {name: one for name, one in lost.items() if abs(one[1] - whole[name][1]) > 1e-6}:
            wrong[own[0]] = several
    assert wrong.keys() == UNIT_BESIDE.keys() & {path.parent.name for path in looked_at}, wrong
    assert tried > 1000 / one_of / 4


PROFILE = """\
profile: acme
format: 1
kind: pdu
vendor: Acme
title: made
snmp:
  match: [1.3.6.1.4.1.99999.1]
  root: 1.3.6.1.4.1.99999.1
points:
  - { metric: pdu_power_watts, oid: $root.1.0, unit: W, scale: 0.1, absent: [-1] }
  - { metric: pdu_frequency_hertz, oid: $root.2.0, unit: mHz }
  - { metric: pdu_energy_joules_total, oid: $root.3.0, unit: kWh, scale: 0.1, pattern: '^([0-9.]+)$' }
"""


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("2|2301", 230.1),
        ("4|2301", 230.1),
        ("4|230.1", (GapReason.MALFORMED, "230.1")),
        ("4|-1.0", (GapReason.ABSENT, "-1.0")),
        ("68x|9f780443660000", (GapReason.MALFORMED, "230.0")),
    ],
)
def test_the_gap_says_what_stood_there(said, expected, tmp_path: Path) -> None:
    folder = tmp_path / "acme"
    folder.mkdir()
    (folder / "profile.yaml").write_text(PROFILE)
    lines = [
        "1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.99999.1",
        f"1.3.6.1.4.1.99999.1.1.0|{said}",
        "1.3.6.1.4.1.99999.1.2.0|4|50.01",
        "1.3.6.1.4.1.99999.1.3.0|4|12.5",
    ]
    found = decode_cells(recording.parse("\n".join(lines)), Library.of([tmp_path]))
    by_metric = {}
    for batch in found.batches:
        for at, point in enumerate(batch.layout.points):
            by_metric[point.metric] = batch.gaps.get(at) or batch.values[at]
    assert by_metric["pdu_frequency_hertz"].reason is GapReason.MALFORMED
    assert by_metric["pdu_energy_joules_total"] == pytest.approx(1.25 * 3.6e6)
    power = by_metric["pdu_power_watts"]
    if isinstance(expected, tuple):
        assert (power.reason, power.raw) == expected
    else:
        assert power == expected
