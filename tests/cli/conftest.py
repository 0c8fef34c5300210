from __future__ import annotations

from pathlib import Path

import pytest

import dcim.simulator

KEPT = ("cas1-ups-a", "cas1-crac-1", "cas1-pdu-s1r3-a")


@pytest.fixture
def small(tmp_path: Path) -> str:
    """A plant file with three devices that boot in half a second: v3 or v2c, and Modbus."""
    shipped = Path(dcim.simulator.__file__).parent / "plants" / "casablanca.yaml"
    lines = []
    for line in shipped.read_text(encoding="utf-8").splitlines():
        if "speaks:" not in line:
            lines.append(line)
        elif any(f"id: {name}," in line for name in KEPT):
            lines.append(line.replace("{ id", "{ boot: 0.5, id"))
    file = tmp_path / "small.yaml"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return str(file)
