from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import dcim.simulator
from dcim.simulator.files import plan
from dcim.simulator.plant import Blueprint, Plant


@pytest.fixture(scope="session")
def blueprint() -> Blueprint:
    """The plant that we ship."""
    return plan("casablanca")


@pytest.fixture
def plant(blueprint: Blueprint) -> Plant:
    """A fresh life of the plant that we ship."""
    return Plant(blueprint)


@pytest.fixture
def make_plant() -> Callable[..., Plant]:
    """Build a plant from sections of a plant file."""

    def make(tick: float = 0.25, seed: int = 0, **sections: object) -> Plant:
        whole = {"format": 1, "plant": "small", "site": {"id": "s", "name": "S"}, "supplies": [{"id": "u"}]}
        return Plant(Blueprint.model_validate(whole | sections), seed, tick)

    return make


KEPT = ("cas1-ups-a", "cas1-mtr-a", "cas1-mtr-b", "cas1-crac-1", "cas1-pdu-s1r3-a", "cas1-pdu-s1r3-b")


@pytest.fixture
def small(tmp_path: Path) -> str:
    """A plant file with six devices that boot in half a second."""
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
