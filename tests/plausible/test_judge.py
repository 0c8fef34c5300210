"""What a device says of itself is held against its own numbers."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcim.catalogue import METRICS
from dcim.model import Batch, Gap, GapReason, Lane, Layout, Point
from dcim.plausible import EQUATIONS, judge, parse_equations


def said(**values):
    """Return a batch: ``pdu_phase_power_watts={"L1": 5.0}`` or a plain number; None is a gap."""
    rows = []
    for metric, value in values.items():
        label = METRICS[metric].labels[0] if METRICS[metric].labels else ""
        cells = value if isinstance(value, dict) else {"": value}
        rows += [(Point("dev", metric, ((label, key),) if key else ()), one) for key, one in cells.items()]
    layout = Layout("dev", Lane.FAST, tuple(p for p, _ in rows), (None,) * len(rows), ("",) * len(rows))
    gaps = {at: Gap(GapReason.ABSENT) for at, (_, value) in enumerate(rows) if value is None}
    return Batch(layout, 0.0, [math.nan if value is None else value for _, value in rows], gaps)


def verdict(check, **values):
    found = [one for one in judge([said(**values)]) if one.check == check]
    return [(one.of, one.holds) for one in found]


def test_the_phases_of_a_pdu_add_up_to_its_load():
    """Pains: A2: a scale that is wrong by ten shows at once."""
    phases = {"L1": 400.0, "L2": 410.0, "L3": 390.0}
    assert verdict("pdu_phases_add_up", pdu_power_watts=1200.0, pdu_phase_power_watts=phases) == [
        ("all", True)
    ]
    assert verdict("pdu_phases_add_up", pdu_power_watts=120.0, pdu_phase_power_watts=phases) == [
        ("all", False)
    ]


def test_power_is_voltage_times_current_times_power_factor_phase_by_phase():
    found = verdict(
        "pdu_phase_power",
        pdu_phase_power_watts={"L1": 870.0, "L2": 87.0},
        pdu_phase_voltage_volts={"L1": 230.0, "L2": 230.0},
        pdu_phase_current_amperes={"L1": 4.0, "L2": 4.0},
        pdu_phase_power_factor_ratio={"L1": 0.95, "L2": 0.95},
    )
    assert found == [("L1", True), ("L2", False)]


def test_a_gap_decides_nothing_and_a_metric_that_is_not_there_asks_nothing():
    """Pains: A4: unknown is neither right nor wrong."""
    assert verdict("pdu_phases_add_up", pdu_power_watts=1200.0, pdu_phase_power_watts={"L1": None}) == [
        ("all", None)
    ]
    assert verdict("pdu_phases_add_up", pdu_power_watts=1200.0) == []


def power(watts, volts, amperes):
    found = verdict(
        "ups_input_power",
        ups_input_power_watts={"L1": watts},
        ups_input_voltage_volts={"L1": volts},
        ups_input_current_amperes={"L1": amperes},
    )
    return found[0][1]


@pytest.mark.parametrize(
    ("watts", "volts", "amperes", "holds"),
    [
        (0.0, 233.0, 10.6, False),  # a NetMan 208: no power is measured, and 0 is said
        (1.0, 230.0, 7.2, False),  # a UPS2000 in whole kilowatts
        (2300.0, 230.0, 100.0, False),  # a current that is ten times too much,
        (2000.0, 230.0, 0.9, False),  # or too little
        (2300.0, 230.0, 10.0, True),
        (1000.0, 230.0, 10.0, True),  # a poor power factor
        (0.0, 230.0, 0.0, True),  # nothing is drawn: on battery, or not measured either
        (0.0, 238.0, 0.4, True),  # what filters take is no power
        (0.0, 0.0, 0.0, True),
        (None, 230.0, 10.0, None),
    ],
)
def test_a_power_of_nothing_beside_a_current_or_a_scale_off_by_ten_is_contradicted(
    watts, volts, amperes, holds
):
    """Pains: A2, A4: absent is not zero; a zero that may be true is left alone."""
    assert power(watts, volts, amperes) is holds


def test_load_may_be_of_the_rated_va_or_of_the_rated_watts():
    common = {"ups_output_power_watts": 8000.0, "ups_rating_power_watts": 10000.0}
    apparent = {
        "ups_output_apparent_power_voltamperes": 8200.0,
        "ups_rating_apparent_power_voltamperes": 20000.0,
    }
    check = "ups_output_load_is_power_by_rating"
    assert verdict(check, ups_output_load_ratio=0.80, **common, **apparent) == [("all", True)]
    assert verdict(check, ups_output_load_ratio=0.41, **common, **apparent) == [("all", True)]
    assert verdict(check, ups_output_load_ratio=0.08, **common, **apparent) == [("all", False)]


def test_outlets_may_take_less_than_the_inlet_and_not_more():
    outlets = {str(number): 100.0 for number in range(5)}
    check = "pdu_outlets_below_inlet"
    assert verdict(check, pdu_power_watts=2000.0, pdu_outlet_power_watts=outlets) == [("all", True)]
    assert verdict(check, pdu_power_watts=200.0, pdu_outlet_power_watts=outlets) == [("all", False)]


def test_a_rating_of_zero_decides_nothing():
    check = "ups_output_load_is_power_by_rating"
    found = verdict(
        check,
        ups_output_load_ratio=0.5,
        ups_output_apparent_power_voltamperes=1.0,
        ups_rating_apparent_power_voltamperes=0.0,
    )
    assert found == [("all", None)]


@given(
    st.floats(-1e9, 1e9), st.dictionaries(st.text(max_size=3), st.none() | st.floats(-1e9, 1e9), max_size=4)
)
def test_every_set_of_values_has_a_verdict_and_none_raises(total, parts):
    for one in judge([said(pdu_power_watts=total, pdu_phase_power_watts=parts)]):
        assert one.holds in {True, False, None}
        assert (one.holds is None) == math.isnan(one.left)


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("x\tpdu_power_watts\t0\t0\tw", "expected = or >="),
        ("x\tpdu_power_wats = sum(pdu_phase_power_watts)\t0\t0\tw", "no canonical metric 'pdu_power_wats'"),
        ("x\tpdu_power_watts = sum(pdu_phase_power_watts) * pdu_power_watts\t0\t0\tw", "a sum stands alone"),
        ("x\tpdu_power_watts = 3 apples\t0\t0\tw", "expected a metric"),
        ("x\tpdu_power_watts = pdu_power_watts", "line 1"),
    ],
)
def test_a_wrong_line_is_named(line, what):
    with pytest.raises(ValueError, match="line 1") as caught:
        parse_equations(line)
    assert what in str(caught.value)


def test_a_name_stands_once():
    line = "x\tpdu_power_watts = sum(pdu_phase_power_watts)\t0\t0\tw\n"
    with pytest.raises(ValueError, match="x stands twice"):
        parse_equations(line * 2)


def test_the_shipped_equations_have_tolerances_that_forgive_rounding():
    """Where the power factor is not known it may be anything that a load has: there a tenth or tenfold shows."""
    by_any_factor = {"ups_output_phase_power", "ups_input_power", "ups_bypass_power"}
    for equation in EQUATIONS:
        most = 0.85 if equation.name in by_any_factor else 0.25
        assert 0 < equation.relative <= most, equation.name
        assert equation.absolute > 0, equation.name
        assert equation.why


def test_a_sum_counts_no_part_beside_the_part_that_it_belongs_to():
    """A PDU that gives its breakers as ``L1-b1`` and ``L1-b2`` beside ``L1`` has the phase once."""
    phases = {"L1": 700.0, "L1-b1": 300.0, "L1-b2": 400.0, "L2": 500.0, "L2-b1": 500.0}
    assert verdict("pdu_phases_add_up", pdu_power_watts=1200.0, pdu_phase_power_watts=phases) == [
        ("all", True)
    ]
    lines = {"L1-L2": 700.0, "L2-L3": 500.0}
    assert verdict("pdu_phases_add_up", pdu_power_watts=1200.0, pdu_phase_power_watts=lines) == [
        ("all", True)
    ]
