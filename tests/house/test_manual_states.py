"""What manuals call failed is not told as fine, and what they call normal is no alarm.

The words of the manuals are those of the facts beside the checkout (``../shared/devices/snmp``); which point reads a
cell is what the shipped profiles say. Where several points read one, it is enough that one of them says it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from collectors.snmp.dialect.library import Library
from collectors.snmp.engine import oid
from dcim.model import Health
from dcim.profile import States

FACTS = Path(__file__).parents[3] / "shared" / "devices" / "snmp"
FAILED = re.compile(
    "(?i)^(?!no|not|non).*(?:fail|fault|error|critical|broken|lost|overload|depleted|smoke|leak|trip|abnormal|bad)"
)
FINE = re.compile(r"(?i)(?:normal|ok(?:ay)?|good|no-?alarms?|passed|online)")
LOUD = {Health.WARNING, Health.CRITICAL}
ENOUGH = 1_000  # cells with codes that a profile reads


@pytest.fixture(scope="module")
def manual() -> dict[str, dict[int | str, str]]:
    """Return the words of the codes of each cell, as the manuals spell them."""
    if not FACTS.is_dir():
        pytest.skip("no facts of manuals beside the checkout (../shared/devices/snmp)")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    found = [
        one for path in sorted(FACTS.glob("*.yaml")) for one in coded(yaml.load(path.read_text(), loader))
    ]
    return {str(one["oid"]): one["enum"] for one in reversed(found)}


def coded(what: Any) -> Iterator[dict[str, Any]]:
    """Yield what has an OID and codes, wherever it stands in a document."""
    if isinstance(what, dict):
        if "oid" in what and isinstance(what.get("enum"), dict):
            yield what
        what = list(what.values())
    if isinstance(what, list):
        for one in what:
            yield from coded(one)


def told(library: Library) -> dict[tuple[str, str], dict[int | str, set[Health | None]]]:
    """Return by profile and cell which health its codes have; settings are nobody's health."""
    found: dict[tuple[str, str], dict[int | str, set[Health | None]]] = defaultdict(lambda: defaultdict(set))
    for name in library.folders:
        for layer in library.profile(name, "").stack():
            for value in layer.values:
                if isinstance(value.value, States) and not value.value.metric.startswith("device_setting"):
                    cell = found[name, oid.text(value.place.oid)]
                    for code, (_, meaning) in value.value.codes.items():
                        cell[code].add(meaning.health)
    return found


@pytest.mark.long
def test_what_a_manual_calls_failed_is_not_fine_and_what_it_calls_normal_is_no_alarm(
    manual: dict[str, dict[int | str, str]],
) -> None:
    """Pains: A4."""
    odd, read = [], 0
    for (profile, cell), codes in sorted(told(Library.of()).items()):
        words = manual.get(cell) or manual.get(cell.removesuffix(".0")) or {}
        read += bool(words)
        for code, word in words.items():
            healths = codes.get(code)
            if not healths:
                continue
            if FAILED.match(str(word)) and healths == {Health.OK}:
                odd.append(f"{profile} {cell}: {code} is {word!r} and fine")
            if FINE.fullmatch(str(word)) and healths <= LOUD:
                odd.append(f"{profile} {cell}: {code} is {word!r} and an alarm")
    assert odd == []
    assert read > ENOUGH
