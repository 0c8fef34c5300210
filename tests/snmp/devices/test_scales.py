"""A scale that a device does not tell is chosen once, and not again by what it says while something is wrong."""

from __future__ import annotations

from math import isnan

import pytest

from collectors.snmp.answers.recording import parse
from collectors.snmp.devices.plan import understand
from collectors.snmp.dialect.library import Library
from collectors.snmp.recordings.offline import read_cells

VOLTS, HERTZ, CELSIUS = "3.3.1.3.1", "4.2.0", "2.7.0"


def told(place, raws):
    """Return what a UPS of the standard is read as, survey after survey, of one number that it says."""
    profiles, known, values = [Library.of().profile("rfc1628_ups")], None, []
    for raw in raws:
        cells = parse(f"1.3.6.1.2.1.33.1.2.1.0|2|2\n1.3.6.1.2.1.33.1.{place}|2|{raw}\n")
        known = understand("ups", profiles, cells, known).keeping(known)
        values += [
            round(float(batch.values[at]), 3)
            for batch in (read_cells(plan, cells) for plan in known.plans)
            for at, source in enumerate(batch.layout.sources)
            if source.endswith(f".33.1.{place}")
        ]
    return values


@pytest.mark.parametrize(
    ("place", "raws", "values"),
    [
        (VOLTS, (2302, 120, 790, 0, 2310), [230.2, 12.0, 79.0, 0.0, 231.0]),
        (VOLTS, (230, 60, 0, 8, 231), [230.0, 60.0, 0.0, 8.0, 231.0]),
        (VOLTS, (120, 1202), [120.0, 120.2]),
        (HERTZ, (50, 500, 501), [50.0, 50.0, 50.1]),
        (HERTZ, (500, 470, 0, 499), [50.0, 47.0, 0.0, 49.9]),
        (CELSIUS, (24, 95, 99, 31), [24.0, 95.0, 99.0, 31.0]),
        (CELSIUS, (244, 95, 12, 251), [24.4, 9.5, 1.2, 25.1]),
        (CELSIUS, (12, 244, 250), [12.0, 24.4, 25.0]),
    ],
)
def test_a_scale_stays_chosen_as_long_as_it_can_be_true(place, raws, values):
    """What floats on a lost phase is no mains, and a battery that burns is not cold. Pains: A1, A2."""
    assert told(place, raws) == values


@pytest.mark.parametrize("raws", [(999,), (24, 101)])
def test_what_no_scale_can_bring_is_no_value(raws):
    """999 is no battery of 99.9 degrees, and what burns at 101 is not cold. Pains: A1."""
    assert isnan(told(CELSIUS, raws)[-1])
