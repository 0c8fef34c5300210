"""Roll-ups: each section is a leaf of the block whose root a fact recorded (``docs/energy.md``)."""

from __future__ import annotations

import hashlib
import json
from typing import Any, Dict, List, Set, Tuple

from dcim.evidence.verifier.chain import Fact
from dcim.evidence.verifier.energy import Energy
from dcim.evidence.verifier.files import Files, Unreadable
from dcim.evidence.verifier.keys import is_hex
from dcim.evidence.verifier.report import Report
from dcim.evidence.verifier.strict import NotStrict, read

ROLLUPS = "rollups.ndjson"
SECTION = {"hour": str, "version": int, "root": str, "index": int, "of": int, "proof": list, "section": str}


def root_of(section: bytes, index: int, of: int, proof: List[bytes]) -> bytes:
    """Return the root to which a proof leads (RFC 9162, 2.1.3.2). Raises ``ValueError``."""
    node, at, last = hashlib.sha256(b"\0" + section).digest(), index, of - 1
    if not 0 <= at <= last:
        raise ValueError("index")
    for other in proof:
        if not last:
            raise ValueError("proof")
        if at % 2 or at == last:
            node = hashlib.sha256(b"\1" + other + node).digest()
            while at and at % 2 == 0:
                at, last = at // 2, last // 2
        else:
            node = hashlib.sha256(b"\1" + node + other).digest()
        at, last = at // 2, last // 2
    if last:
        raise ValueError("proof")
    return node


class Rollups:
    """Checks every section against its root, then every root against the facts."""

    def __init__(self, files: Files, report: Report, energy: Energy) -> None:
        self._energy = energy
        self._report = report
        self._roots: Dict[Tuple[str, int, str], int] = {}  # and the line that first named it
        self._known: Set[Tuple[str, int, str]] = set()
        self.sections = 0
        self.kinds = frozenset(("rollup_closed",))
        if ROLLUPS not in files.names:
            return
        number = 0
        try:
            for line in files.lines(ROLLUPS):
                number += 1
                self._section(line, number)
        except Unreadable as error:
            report.add(str(error), file=ROLLUPS)

    def take(self, fact: Fact) -> None:
        """Take a root that a fact recorded."""
        if fact.kind == "rollup_closed" and self._roots:
            said = json.loads(fact.body)
            root = fact.subject, said.get("version"), said.get("root")
            if isinstance(root[1], int) and isinstance(root[2], str):
                self._known.add(root)

    def finish(self) -> None:
        """Say which sections stand on a root that no fact recorded."""
        for root in sorted(set(self._roots) - self._known):
            self._report.add("rollup_root", line=self._roots[root], hour=root[0])

    def _section(self, line: bytes, number: int) -> None:
        try:
            said = read(line.decode().rstrip("\n"), ordered=False)
            root = checked(said)
            self._energy.section(root[0], root[1], said["section"])
        except (NotStrict, UnicodeDecodeError, ValueError, KeyError, TypeError, AttributeError) as error:
            self._report.add("rollup_section", line=number, why=str(error))
            return
        self.sections += 1
        self._roots.setdefault(root, number)


def checked(said: Any) -> Tuple[str, int, str]:
    """Return hour, version and root of a section that is a leaf of it. Raises ``ValueError``."""
    if not isinstance(said, dict) or set(said) != set(SECTION):
        raise ValueError("keys")
    if any(type(said[name]) is not kind for name, kind in SECTION.items()):
        raise ValueError("types")
    if len(said["proof"]) > 64 or not all(is_hex(one, 64) for one in said["proof"]):
        raise ValueError("proof")
    proof = [bytes.fromhex(one) for one in said["proof"]]
    found = root_of(said["section"].encode(), said["index"], said["of"], proof).hex()
    if found != said["root"]:
        raise ValueError("root")
    return said["hour"], said["version"], found
