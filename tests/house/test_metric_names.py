"""A metric that the docs name is one that there is: whoever copies a query from them gets an answer."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from dcim.catalogue import METRICS
from dcim.daemon.sending.outgoing import outgoing
from dcim.outputs.exposition import exported
from dcim.outputs.tally import Tally

ROOT = Path(__file__).parents[2]
OTHERS = frozenset({"dcim_kafka"})
"""Names that begin like a metric and are none: the package of an example."""


def _in_code() -> set[str]:
    """Return the daemon's own metrics and alerts, as its sources write them."""
    found: set[str] = set()
    for path in (ROOT / "dcim").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        if "dcim_" not in text:
            continue
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found |= {node.value} if re.fullmatch(r"dcim_[a-z0-9_]+", node.value) else set()
    return found


def test_every_metric_that_the_docs_name_is_there() -> None:
    own = _in_code() | {one.name for one in outgoing({"": Tally()})}
    known = {exported(name) for name in METRICS} | own | {f"{name}_total" for name in own} | OTHERS
    wrong = [
        f"{path.name}: {name}"
        for path in (*sorted((ROOT / "docs").glob("*.md")), ROOT / "README.md")
        for name in sorted(set(re.findall(r"\bdcim_[a-z0-9_]*[a-z0-9]\b", path.read_text(encoding="utf-8"))))
        if name not in known
    ]
    assert wrong == []
