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
SUPPLYING = ("pdu", "ups", "dc_plant", "ats", "sts")  # what gives power to a rack when it stands in one
OF_TENANT, OF_FEED = 2, 3
"""Where the place of a part has its tenant and its feed: room, rack, tenant, feed."""


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
        held = self._held(1000 * claim["edges_ms"][0], head)
        if any(self._fits(claim, self._nodes[digest]) for digest in held if digest in self._nodes):
            return True
        return False if held and held <= set(self._nodes) else None

    def strange(self, parts: Any, start: int, head: int) -> Optional[List[str]]:
        """Return which tenants, racks and feeds are left out, or of other meters than the building has.

        By the drawing, of those that held from ``start`` (us) until the report, that fits best; None where
        one is not there that could fit better.
        """
        held = self._held(start, head)
        found = [strange_rows(parts, self._nodes[one]) for one in sorted(held) if one in self._nodes]
        if found and ([] in found or held <= set(self._nodes)):
            return min(found, key=len)
        return None

    def _held(self, start: int, head: int) -> Set[str]:
        """Return the drawings that held at any time from ``start`` (us) until the report."""
        known = [one for one in self._since if one[1] <= head]
        replaced = [at for at, _, _ in known[1:]]
        held = {one[2] for one, until in zip(known, replaced) if until > start}
        return held | {one[2] for one in known[-1:]}

    def _fits(self, claim: Any, nodes: Dict[str, Any]) -> bool:
        read_at = {one["asset"] for one in claim["points"]}
        stands_for = {name: nodes[name]["measures"] or name for name in read_at if name in nodes}
        found = set(stands_for.values())
        wanted = supplies_of(nodes, str(claim["tenant"]))
        without = set(claim["without"])
        return len(stands_for) == len(read_at) and found <= wanted and wanted <= found | without <= wanted


def strange_rows(parts: Any, nodes: Dict[str, Any]) -> List[str]:
    """Return the rows that are missing or of no part of this building, and those of other points.

    A row must have every point at its supplies; ``without`` are those of its supplies at which none is.
    """
    wanted = parts_of(nodes)
    read_at = [nodes.get(one["asset"], {}).get("measures") or one["asset"] for one in parts["points"]]
    wrong = set(wanted) ^ {row["of"] for row in parts["rows"]}
    for row in parts["rows"]:
        mine = wanted.get(row["of"], set())
        points = {number for number, node in enumerate(read_at) if node in mine}
        if set(row["points"]) != points or sorted(row["without"]) != sorted(mine - set(read_at)):
            wrong.add(row["of"])
    return sorted(wrong)


def parts_of(nodes: Dict[str, Any]) -> Dict[str, Set[str]]:
    """Return the supplies of every tenant, rack and feed of a building."""
    found = {name: supplies_of_rack(nodes, name) for name, one in nodes.items() if one["kind"] == "rack"}
    for kind, place in (("tenant", OF_TENANT), ("feed", OF_FEED)):
        for name in {one["place"][place] for one in nodes.values()} - {""}:
            found["%s/%s" % (kind, name)] = supplies_of(nodes, name, place)
    return found


def supplies_of_rack(nodes: Dict[str, Any], rack: str) -> Set[str]:
    """Return what gives power to a rack, but what others of these feed; else whatever it is fed by."""
    near = set(nodes[rack]["fed_by"])
    mine = {name for name in near if name in nodes and nodes[name]["kind"] in SUPPLYING}
    return {name for name in mine if not mine & above(nodes, name)} or near


def supplies_of(nodes: Dict[str, Any], tenant: str, place: int = OF_TENANT) -> Set[str]:
    """Return what feeds racks and is a tenant's (or of a feed), but what others of these feed."""
    near = {name for one in nodes.values() if one["kind"] == "rack" for name in one["fed_by"]}
    mine = {name for name in near if name in nodes and nodes[name]["place"][place] == tenant}
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
