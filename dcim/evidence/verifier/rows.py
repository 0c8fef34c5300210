"""What roll-ups say of the points of claims: gathered from sections, and made into amounts and doubts."""

from __future__ import annotations

import json
from typing import Any, Dict, List, Optional, Set, Tuple

from dcim.evidence.verifier.accounts import Account, HourKey, PointKey, hour_of, key_of, points_of
from dcim.evidence.verifier.counters import Pieces, counted, doubted, held, pieces_of


class Rows:
    """The rows of sections that accounts rest on, by hour, version and point."""

    def __init__(self) -> None:
        self._wanted: Dict[HourKey, Set[PointKey]] = {}
        self._rows: Dict[Tuple[HourKey, PointKey], Tuple[int, Dict[str, Any]]] = {}  # cuts, and the row

    def want(self, account: Account) -> None:
        """Know which points of which hours an account rests on."""
        keys = {key_of(point) for point in points_of(account)}
        for hour in account.blocks:
            self._wanted.setdefault(hour, set()).update(keys)

    def section(self, hour: str, version: int, text: str) -> None:
        """Take a section that is a leaf of its root."""
        wanted = self._wanted.get((hour, version))
        if not wanted:
            return
        head, *points = [json.loads(line) for line in text.splitlines()]
        if head["hour"] != hour:
            raise ValueError("hour")
        for point in points:
            key = key_of({"asset": head["asset"], **point})
            if key in wanted:
                self._rows[(hour, version), key] = int(point.get("cuts", head["cuts"])), point

    def row(self, hour: HourKey, point: Any) -> Optional[Tuple[int, Dict[str, Any]]]:
        """Return into how many parts a point is cut in a block, and its row; None where it has none."""
        return self._rows.get((hour, key_of(point)))

    def amounts(self, one: Account, point: Any, edges: List[int]) -> List[List[int]]:
        """Return least, best, most and known of a point between edges (ms UTC). Raises ``ValueError``."""
        spans = list(zip(edges, edges[1:]))
        if point["method"] == "integrated":
            if one.version != 1 and (point["limit"] != point["cap"] or point["exchanges"]):
                raise ValueError("limit")
            hours = {hour: said for hour, _, said in self._of(one, point)}
            return [held(hours, point["cap"], start, end) for start, end in spans]
        pieces = self._pieces(one, point)
        return [counted(pieces, point["limit"], point["cap"], start, end) for start, end in spans]

    def doubts(self, one: Account, point: Any, edges: List[int]) -> List[Dict[str, int]]:
        """Return for how long, and why, its energy between edges is not known."""
        spans = list(zip(edges, edges[1:]))
        if point["method"] == "counter":
            pieces = self._pieces(one, point)
            return [doubted(pieces, start, end) for start, end in spans]
        blind = [
            (end - start) * 1000 - amount[3]
            for (start, end), amount in zip(spans, self.amounts(one, point, edges))
        ]
        return [{"unwatched": span} if span else {} for span in blind]

    def _of(self, one: Account, point: Any) -> List[Tuple[int, int, Dict[str, Any]]]:
        key = key_of(point)
        return [
            (hour_of(hour), *self._rows[(hour, version), key])
            for hour, version in one.blocks
            if ((hour, version), key) in self._rows
        ]

    def _pieces(self, one: Account, point: Any) -> Pieces:
        rows = self._of(one, point)
        if any(said["limit"] != point["limit"] for _, _, said in rows) or point["cap"] > point["limit"]:
            raise ValueError("limit")
        runs = [[*run, cuts] for _, cuts, said in rows for run in said["runs"]]
        return Pieces(pieces_of(runs, point["limit"], point["exchanges"]))
