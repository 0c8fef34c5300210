"""Whoever reads the ledger finds in the docs what each kind of fact means. Pains: G2."""

from __future__ import annotations

import re
from pathlib import Path

from dcim.model.fact import FactKind

DOCS = Path(__file__).parents[2] / "docs" / "ledger.md"


def test_every_kind_of_fact_has_one_row_in_the_docs_and_nothing_else_has() -> None:
    """The table under "What is in it": kind, subject, body."""
    table = DOCS.read_text(encoding="utf-8").partition("\n## What is in it\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)
    assert sorted(rows) == sorted(str(kind) for kind in FactKind)
