"""Which parts are the supplies of a tenant, by the drawing of the building whose hash a fact recorded."""

from __future__ import annotations

import hashlib
import json
from typing import Any, Dict, List, Optional, Set, Tuple

from dcim.evidence.verifier.chain import Fact
from dcim.evidence.verifier.files import Files, Unreadable
from dcim.evidence.verifier.report import Report
from dcim.evidence.verifier.strict import NotStrict, read

DRAWINGS = "site"


class Drawings:
    """The drawings that a bundle holds, and when each was in force."""

    def __init__(self, files: Optional[Files], report: Report) -> None:
        self.kinds = frozenset(("topology",))
        self._nodes: Dict[str, Dict[str, Any]] = {}  # by the SHA-256 of their drawing
        self._since: List[Tuple[int, int, str]] = []  # at (us), sequence of the fact, SHA-256
        self._report = report
        self._files: List[Tuple[str, str]] = []  # name, SHA-256
        if files is None:
            return
        for name in files.in_folder(DRAWINGS):
            try:
                data = files.whole(name)
                said = [read(line) for line in data.decode().split("\n")]
                nodes = {one["node"]: one for one in said if "node" in one}
            except Unreadable as error:
                report.add(str(error), file=name)
            except (NotStrict, UnicodeDecodeError, KeyError, TypeError) as error:
                report.add("file_json", file=name, why=str(error))
            else:
                digest = hashlib.sha256(data).hexdigest()
                self._nodes[digest] = nodes
                self._files.append((name, digest))

    def take(self, fact: Fact) -> None:
        """Take the version of the building that holds from a fact on."""
        if fact.kind == "topology":
            self._since.append((fact.at, fact.sequence, str(json.loads(fact.body).get("sha256"))))

    def finish(self) -> None:
        """Say which file is not the drawing that its name says, and which no fact names."""
        recorded = {digest for _, _, digest in self._since}
        for name, digest in self._files:
            if name != "%s/%s.ndjson" % (DRAWINGS, digest):
                self._report.add("drawing_name", file=name, found=digest)
            elif digest not in recorded:
                self._report.add("drawing_unrecorded", file=name)

    def fits(self, claim: Any, head: int) -> Optional[bool]:
        """Whether the points of a demand are all supplies of its tenant, and no others.

        By a drawing that held at any time from its first edge until the report; None where one is not there.
        """
        start = 1000 * claim["edges_ms"][0]
        known = [one for one in self._since if one[1] <= head]
        replaced = [at for at, _, _ in known[1:]]
        held = {one[2] for one, until in zip(known, replaced) if until > start} | {
            one[2] for one in known[-1:]
        }
        if any(self._fits(claim, self._nodes[digest]) for digest in held if digest in self._nodes):
            return True
        return False if held and held <= set(self._nodes) else None

    def _fits(self, claim: Any, nodes: Dict[str, Any]) -> bool:
        read_at = {one["asset"] for one in claim["points"]}
        stands_for = {name: nodes[name]["measures"] or name for name in read_at if name in nodes}
        found = set(stands_for.values())
        wanted = supplies_of(nodes, str(claim["tenant"]))
        without = set(claim["without"])
        return len(stands_for) == len(read_at) and found <= wanted and wanted <= found | without <= wanted


def supplies_of(nodes: Dict[str, Any], tenant: str) -> Set[str]:
    """Return what feeds racks and is a tenant's, but what others of these feed (``of_tenant`` of dcim)."""
    near = {name for one in nodes.values() if one["kind"] == "rack" for name in one["fed_by"]}
    mine = {name for name in near if name in nodes and nodes[name]["place"][2] == tenant}
    return {name for name in mine if not mine & above(nodes, name)}


def above(nodes: Dict[str, Any], name: str) -> Set[str]:
    """Return everything through which power comes to a part."""
    found: Set[str] = set()
    waiting = [name]
    while waiting:
        for one in nodes.get(waiting.pop(), {"fed_by": ()})["fed_by"]:
            if one not in found:
                found.add(one)
                waiting.append(one)
    return found
