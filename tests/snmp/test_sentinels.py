"""What each maker writes where it has no reading is no reading: the numbers are those of their manuals.

Every analog cell of every image of a family is set to each of them, and nothing may be made of it. ``REAL`` are the
quantities of which the same number is one that the device means.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from collectors.snmp.answers import recording
from collectors.snmp.answers.cells import Cell, Cells
from collectors.snmp.dialect.library import SHIPPED, Library
from collectors.snmp.engine import oid
from collectors.snmp.recordings.offline import decode_cells
from dcim.collect import Decoded
from dcim.model import Gap
from dcim.profile import Quantity

NO_READING = {
    "apc_airfm": (-2147483648,),
    "apc_ats": (-1,),
    "apc_cooling": (-2147483648,),
    "apc_inrow": (-1,),
    "apc_pmm": (-1, -255),
    "apc_rpdu": (-1,),
    "apc_rpdu2": (-1, 4294967295),
    "apc_smartups": (-1, 4294967295),
    "apc_xpdu": (-1,),
    "aten_pe": (-2000000, -1000000),
    "dataprobe_iboot": (99999,),
    "delta_orion": (2147483647,),
    "eaton_epdu": (-1,),
    "hpe_hpdu": (-1,),
    "hpe_mpdu": (-1,),
    "hpe_pdu2": (-1,),
    "hpe_pdu3": (-1,),
    "huawei_smu": (2147483647, -99999),
    "huawei_ups": (2147483647, -1),
    "panduit_g5": (-1,),
    "rfc1628_ups": (65535, -1),
    "servertech_sentry3": (-1,),
    "servertech_sentry4": (-1,),
    "socomec_ups": (65535, 65534, 655350, -1),
    "tripplite_env": (4294964565,),
    "vertiv_ita2": (65535,),
    "vertiv_netsure_ees": (2147483647,),
}
"""Of Tripp Lite it is -273.1 degrees in a number without a sign."""

REAL = {
    ("eaton_epdu", "reactive_power_vars"): "one var of a capacitor",
    ("hpe_pdu2", "reactive_power_vars"): "one var of a capacitor",
    ("hpe_pdu3", "reactive_power_vars"): "one var of a capacitor",
    ("panduit_g5", "reactive_power_vars"): "one var of a capacitor",
    ("rfc1628_ups", "ups_battery_on_time_seconds"): "18 hours on battery",
    ("rfc1628_ups", "device_setting_seconds"): "18 hours until the outlets go off",
    ("rfc1628_ups", "ups_input_line_bads_total"): "a count",
    ("huawei_ups", "ups_battery_current_amperes"): "a tenth of an ampere out of the battery",
    ("huawei_smu", "current_amperes"): "ten kiloamperes out of batteries side by side",
}
"""By the end of the metric."""

FAHRENHEIT = {
    "eaton_epdu": "a probe that is not there is told by its status",
    "hpe_pdu2": "as eaton_epdu",
    "hpe_pdu3": "as eaton_epdu",
    "servertech_sentry4": "as eaton_epdu",
    "panduit_g5": "as eaton_epdu",
}
"""Families whose temperatures below zero are told apart from no reading by the cell beside them."""


def analog(decoded: Decoded) -> Iterator[tuple[str, str]]:
    """Yield metric and source of every number."""
    for batch in decoded.batches:
        for at, point in enumerate(batch.layout.points):
            if batch.layout.states[at] is None and at not in batch.gaps:
                yield point.metric, batch.layout.sources[at]


def with_all(cells: Cells, sources: set[str], number: int) -> tuple[Cells, set[str]]:
    """Return the device with this number in these cells, and which of them hold numbers."""
    changed = Cells(dict(cells.by_oid))
    set_to: set[str] = set()
    for source in sources:
        cell = changed.get(oid.encode(source))
        if cell is not None and isinstance(cell.value, int):
            changed.put(oid.encode(source), Cell(cell.tag, number))
            set_to.add(source)
    return changed, set_to


def is_real(family: str, metric: str) -> bool:
    """Whether the number may be a reading."""
    below_zero = family in FAHRENHEIT and "temperature" in metric
    return below_zero or any(family == name and metric.endswith(end) for name, end in REAL)


def images(family: str) -> list[Path]:
    return sorted((SHIPPED / family).glob("*.snmprec"))


@pytest.mark.parametrize("family", NO_READING)
def test_the_number_that_a_maker_writes_for_no_reading_is_no_reading(family: str, shipped: Library) -> None:
    """Pains: A1, A5."""
    tried, said = 0, []
    for image in images(family):
        cells = recording.read(image)
        sources = {source for metric, source in analog(decode_cells(cells, shipped, (family,)))}
        sources.discard("1.3.6.1.2.1.1.3.0")
        for number in NO_READING[family]:
            changed, set_to = with_all(cells, sources, number)
            tried += len(set_to)
            found = analog(decode_cells(changed, shipped, (family,)))
            said += [(number, *one) for one in found if one[1] in set_to and not is_real(family, one[0])]
    assert not said
    assert tried


def test_all_ones_of_16_bits_are_no_amperes_volts_degrees_or_hertz(shipped: Library) -> None:
    """Pains: A1: of whole units 65535 is a register that holds nothing, whatever the manual says of it."""
    whole = [
        (name, value)
        for name in shipped.folders
        for value in shipped.profile(name).values
        if isinstance(value.value, Quantity)
        and value.value.unit in {"amperes", "volts", "celsius", "hertz"}
        and value.value.factor == value.value.divisor
        and value.scale is None
        and value.decimals is None
        and value.pattern is None
    ]
    said = [(name, value.key) for name, value in whole if not isinstance(value.value.decode(65535), Gap)]
    assert not said
    assert len(whole) > 500
