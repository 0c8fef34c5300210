"""What stands around an alert: the newest of other points, and who is to be judged when those change."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from math import inf
from typing import Final, TypeAlias

from dcim.alerts.cell import Cell, Name
from dcim.alerts.clause import Input, judge, judge_input
from dcim.alerts.condition import Observation, Truth
from dcim.alerts.state import Phase
from dcim.model import Asset, Batch, Lane, Point

Newest: TypeAlias = Callable[[str], Iterable[Batch]]
"""Gives the newest batch of each lane of a device by its id."""

_BEATS: Final = 3.0
_LEAST: Final = 15.0
"""How long a batch counts: as long as it counts on the page."""


Feeds: TypeAlias = Callable[[str], Collection[str] | None]
"""Gives the devices that a device feeds, by their ids; None where no drawing says so."""


class Around:
    """Gives the inputs of clauses. ``to_utc`` is UTC minus monotonic seconds."""

    def __init__(
        self,
        assets: Mapping[str, Asset],
        newest: Newest,
        lasts: Callable[[Lane, float], float],
        feeds: Feeds = lambda _asset: None,
    ) -> None:
        self._feeds = feeds
        self.to_utc = 0.0
        self._assets = assets
        self._newest = newest
        self._lasts = lasts
        self._looked_at: dict[tuple[Input, str], tuple[str, ...]] = {}
        self.followed: dict[str, dict[Name, Cell]] = {}
        """The cells that are to be judged anew when a device says something; most devices have none."""

    def followers(self, asset: str) -> Collection[Cell]:
        """Return those of a device."""
        return tuple(self.followed[asset].values()) if asset in self.followed else ()

    def follow(self, cell: Cell, *, really: bool) -> None:
        """Judge a cell whenever one of its devices says something; not ``really``: no longer."""
        for asset in self.devices(cell):
            if really:
                self.followed.setdefault(asset, {})[cell.name] = cell
            elif asset in self.followed:
                self.followed[asset].pop(cell.name, None)
                if not self.followed[asset]:
                    del self.followed[asset]

    def devices(self, cell: Cell) -> set[str]:
        """Return the ids of the devices that a cell looks at, its own among them."""
        own = cell.point.asset
        inputs = [one for clause in cell.rule.clauses for one in clause.inputs]
        others = (wanted for wanted in inputs if not wanted.own)
        return {own, *(asset for wanted in others for asset in self._of(wanted, own))}

    def judge(self, cell: Cell, now: float) -> Truth:
        """Say whether all clauses of a cell's rule hold. A delay that is over needs observations after it."""
        state, rule = cell.state, cell.rule
        over = state.since + rule.on_delay
        since = over if state.phase is Phase.RAISING and rule.on_delay and now >= over else -inf
        return judge(rule.clauses, lambda wanted: self._observe(wanted, cell.point.asset), now, since)

    def is_suppressed(self, cell: Cell, now: float) -> Truth:
        """Say whether the suppression of a cell's rule holds; false where it has none."""
        suppression = cell.rule.suppression
        if suppression is None:
            return Truth.FALSE
        return judge_input(suppression.by, lambda wanted: self._observe(wanted, cell.point.asset), now, -inf)

    def rating(self, point: Point, metrics: Sequence[str]) -> float | None:
        """Return what the device says a point is rated for: the first metric, with the most of its labels."""
        found: list[tuple[int, int, float]] = []
        own = set(point.labels)
        for batch in self._newest(point.asset):
            for slot, metric in enumerate(batch.layout.metrics):
                if metric in metrics and own.issuperset(labels := batch.layout.points[slot].labels):
                    rank = -metrics.index(metric), len(labels)
                    found.append((*rank, batch.values[slot]))
        known = [one for one in found if one[-1] == one[-1]]
        return max(known)[-1] if known else None

    def point(self, point: Point) -> Observation | None:
        """Return the newest observation of a point, None where the device does not tell it."""
        return self.newest(point.asset, point.id)

    def newest(self, asset: str, wanted: int) -> Observation | None:
        """Return the newest observation of the point of a device that has this id."""
        for batch in self._newest(asset):
            if wanted in batch.layout.ids:
                return self._observation(batch, batch.layout.ids.index(wanted))
        return None

    def _of(self, wanted: Input, own: str) -> Iterable[str]:
        """Return the ids of the devices that an input looks at, in the order of the configuration."""
        if wanted.own:
            return (own,)
        name = wanted, own if wanted.fed else ""
        found = self._looked_at.get(name)
        if found is None:
            fed = self._feeds(own) if wanted.fed else None
            all_ = (asset.id for asset in self._assets.values() if wanted.looks_at(asset))
            found = tuple(asset for asset in all_ if fed is None or asset in fed)
            self._looked_at[name] = found
        return found

    def observe(self, wanted: Input, own: str) -> Sequence[Observation]:
        """Return the newest observations of the points of an input of a rule on a point of ``own``."""
        return self._observe(wanted, own) or ()

    def _observe(self, wanted: Input, own: str) -> Sequence[Observation] | None:
        """Return what is known of an input; None where every device that could have it has none."""
        heard = [tuple(self._newest(asset)) for asset in self._of(wanted, own)]
        found = [
            self._observation(batch, slot)
            for batches in heard
            for batch in batches
            for slot, metric in enumerate(batch.layout.metrics)
            if metric in wanted.metrics and wanted.covers(batch.layout.points[slot])
        ]
        silent = any(all(batch.layout.own for batch in batches) for batches in heard)
        return found if found or silent else None

    def _observation(self, batch: Batch, slot: int) -> Observation:
        layout = batch.layout
        lasts = max(_LEAST, _BEATS * self._lasts(layout.lane, self._assets[layout.asset].interval))
        return Observation(batch.reading(slot), batch.at - self.to_utc, lasts)
