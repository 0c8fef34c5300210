"""What ``docs/ledger.md`` says is what the code does."""

from __future__ import annotations

import json
import re
from hashlib import sha256
from pathlib import Path

import pytest

from dcim.ledger import Entry, FaultKind
from dcim.ledger.life import Blind, Ending
from dcim.model.fact import FactKind

PAGE = (Path(__file__).parents[2] / "docs" / "ledger.md").read_text(encoding="utf-8")


def test_the_example_has_the_hash_that_stands_below_it():
    match = re.search(r"```json\n(.+)\n```\n\n`([0-9a-f]{64})`", PAGE)
    assert match
    line, digest = match.groups()
    assert sha256(line.encode()).hexdigest() == digest
    fields = json.loads(line)
    body = json.dumps(fields.pop("body"), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    entry = Entry(**fields, body=body, hash=digest)
    assert entry.line() == line
    assert entry.digest() == digest


@pytest.mark.parametrize("word", [*FaultKind])
def test_every_fault_is_explained(word):
    assert f"\n| {word.value} | " in PAGE


@pytest.mark.parametrize("word", [*FactKind])
def test_every_kind_of_fact_is_explained(word):
    assert f"\n| `{word.value}` | " in PAGE


@pytest.mark.parametrize("word", [*Blind, *Ending])
def test_every_reason_is_named(word):
    assert f"`{word.value}`" in PAGE
