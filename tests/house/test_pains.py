"""The pains of users that are answered: each is named by a test that covers it."""

from __future__ import annotations

import re
from pathlib import Path

COVERED = [
    "A1",
    "A2",
    "A3",
    "A4",
    "A5",
    "A6",
    "A7",
    "A8",
    "A9",
    "A10",
    "A11",
    "A12",
    "A13",
    "B1",
    "B2",
    "B3",
    "B4",
    "B5",
    "B6",
    "B7",
    "B8",
    "B9",
    "B10",
    "B11",
    "B12",
    "B13",
    "B14",
    "B15",
    "C1",
    "C2",
    "C3",
    "C4",
    "C5",
    "C6",
    "C7",
    "C8",
    "C9",
    "C11",
    "C12",
    "D1",
    "D2",
    "D3",
    "D4",
    "D5",
    "D8",
    "D9",
    "E2",
    "E3",
    "E4",
    "E5",
    "G7",
    "E6",
    *(f"F{number}" for number in range(1, 11)),
    "H1",
    "H2",
    "H3",
    "H4",
    "H5",
    *(f"I{number}" for number in range(1, 6)),
    "I6",
    "I7",
    "G1",
    "G2",
    "G3",
    "G4",
    "G5",
    "G6",
    "I8",
    "I10",
    "J1",
    "J2",
]


def test_every_pain_that_is_claimed_is_named_by_a_test() -> None:
    named: set[str] = set()
    for file in Path(__file__).parents[1].rglob("test_*.py"):
        for found in re.finditer(r"Pains?: ([A-L0-9, ()a-z]+)", file.read_text(encoding="utf-8")):
            named.update(re.findall(r"\b[A-L]\d+\b", found[1]))
    assert not [pain for pain in COVERED if pain not in named]
