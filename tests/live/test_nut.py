"""A second reader: NUT's snmp-ups and our decoder, of the same images, give the same numbers.

NUT's tables of these families were written by other people from the same manuals, so an agreement is one of
two readings of the manual; a difference is a mistake of one of the two.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from .conftest import snmpsim, until

pytestmark = [pytest.mark.live, pytest.mark.waits, pytest.mark.timeout(900)]

PROFILES = Path(__file__).parents[2] / "collectors" / "snmp" / "profiles"
SNMP_UPS = Path("/lib/nut/snmp-ups")

# NUT's variable: our metric, our phase, and what NUT's number is times to be ours.
SAME: dict[str, tuple[str, str | None, float]] = {
    "battery.charge": ("ups_battery_charge_ratio", None, 0.01),
    "battery.runtime": ("ups_battery_runtime_seconds", None, 1),
    "battery.runtime.low": ("ups_battery_low_threshold_seconds", None, 1),
    "battery.voltage": ("ups_battery_voltage_volts", None, 1),
    "battery.voltage.nominal": ("ups_battery_rating_voltage_volts", None, 1),
    "battery.current": ("ups_battery_current_amperes", None, 1),
    "battery.temperature": ("ups_battery_temperature_celsius", None, 1),
    "input.frequency": ("ups_input_frequency_hertz", "L1", 1),
    "input.voltage": ("ups_input_voltage_volts", "L1", 1),
    "input.transfer.high": ("ups_input_transfer_high_volts", None, 1),
    "input.transfer.low": ("ups_input_transfer_low_volts", None, 1),
    "input.bypass.frequency": ("ups_bypass_frequency_hertz", None, 1),
    "output.frequency": ("ups_output_frequency_hertz", None, 1),
    "output.voltage": ("ups_output_voltage_volts", "L1", 1),
    "output.current": ("ups_output_current_amperes", "L1", 1),
    "output.voltage.nominal": ("ups_rating_voltage_volts", None, 1),
    "output.power.nominal": ("ups_rating_apparent_power_voltamperes", None, 1),
    "output.realpower.nominal": ("ups_rating_power_watts", None, 1),
    "ups.load": ("ups_output_load_ratio", None, 0.01),
    "ups.power": ("ups_output_apparent_power_voltamperes", None, 1),
    "ups.realpower": ("ups_output_power_watts", None, 1),
    "ambient.temperature": ("ups_ambient_temperature_celsius", None, 1),
}
for line in ("L1", "L2", "L3"):
    SAME |= {
        f"input.{line}-N.voltage": ("ups_input_voltage_volts", line, 1),
        f"input.{line}.current": ("ups_input_current_amperes", line, 1),
        f"input.{line}.frequency": ("ups_input_frequency_hertz", line, 1),
        f"input.{line}.realpower": ("ups_input_power_watts", line, 1),
        f"input.{line}.powerfactor": ("ups_input_power_factor_ratio", line, 1),
        f"input.bypass.{line}-N.voltage": ("ups_bypass_voltage_volts", line, 1),
        f"output.{line}-N.voltage": ("ups_output_voltage_volts", line, 1),
        f"output.{line}.current": ("ups_output_current_amperes", line, 1),
        f"output.{line}.realpower": ("ups_output_phase_power_watts", line, 1),
        f"output.{line}.power.percent": ("ups_output_phase_load_ratio", line, 0.01),
        f"ups.{line}.load": ("ups_output_phase_load_ratio", line, 0.01),
    }

# The image, how many values both read, and where NUT 2.8.0 is known to say something else.
FAMILIES = {
    "rfc1628_ups/online": (35, {}),
    "apc_smartups/online": (15, {}),
    "cyberpower_ups/one_phase": (9, {}),
    "eaton_mge/galaxy": (15, {}),
    "huawei_ups/ups5000": (25, {"output.L1.realpower": "kilowatts under a name of watts"}),
}


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.long
def test_nut_reads_the_same_numbers(family: str, live: Any, processes: Any, tmp_path: Path) -> None:
    """Pains: A1, A2, A8."""
    live(SNMP_UPS.exists(), "NUT's snmp-ups (nut-snmp) is not installed")
    image = PROFILES / f"{family}.snmprec"
    port = snmpsim(processes, {"ups": image})
    command = [
        str(SNMP_UPS), "-u", "root" if os.getuid() == 0 else os.environ.get("USER", "nobody"), "-s", "ups",
        "-x", f"port=127.0.0.1:{port}", "-x", "community=ups", "-x", "snmp_version=v2c", "-d", "1",
    ]  # fmt: skip
    folder = str(tmp_path)
    place = {"NUT_CONFPATH": folder, "NUT_STATEPATH": folder, "NUT_ALTPIDPATH": folder}

    def read() -> dict[str, str]:
        ran = subprocess.run(
            command, capture_output=True, text=True, env={**os.environ, **place}, check=False
        )
        return dict(line.split(": ", 1) for line in ran.stdout.splitlines() if ": " in line)

    theirs = until(read, "snmp-ups reads the image")
    decoded = subprocess.run(
        [sys.executable, "-m", "dcim.cli", "decode", "--json", image],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    ours = {
        (reading["metric"], reading["labels"].get("phase")): reading["value"]
        for reading in reversed(json.loads(decoded.stdout)["readings"])  # what is superseded stands last
        if reading["value"] is not None and not reading["labels"].keys() - {"phase"}
    }
    least, excused = FAMILIES[family]
    both = {
        variable: (float(theirs[variable]) * factor, ours[metric, phase])
        for variable, (metric, phase, factor) in SAME.items()
        if variable in theirs and (metric, phase) in ours and variable not in excused
    }
    assert {v: pair for v, pair in both.items() if pair[0] != pytest.approx(pair[1], rel=0.001)} == {}
    assert len(both) >= least, sorted(both)
    assert all(float(theirs[v]) * SAME[v][2] != ours[SAME[v][:2]] for v in excused), "excused for nothing"
