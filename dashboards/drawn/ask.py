"""The questions of a panel put to a real Prometheus or InfluxDB, answered as series."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import httpx

from drawn.fill import Filling


@dataclass(frozen=True, slots=True)
class Series:
    """One answer: its labels, its name as the panel says it, and (UTC seconds, value) oldest first."""

    ref: str
    labels: Mapping[str, str]
    name: str
    samples: Sequence[tuple[float, float]]

    @property
    def last(self) -> float:
        """Return the newest value; NaN where there is none."""
        return self.samples[-1][1] if self.samples else math.nan


class Database(Protocol):
    """Whoever answers the questions of one set of dashboards."""

    def ask(self, target: Mapping[str, Any], filling: Filling, *, now: bool) -> Sequence[Series]:
        """Return the series of a target: of the end of the span with ``now``, else over the span."""
        ...


@dataclass(frozen=True, slots=True)
class Prometheus:
    """A Prometheus, or whatever speaks its API, at a URL."""

    client: httpx.Client
    url: str

    def ask(self, target: Mapping[str, Any], filling: Filling, *, now: bool) -> Sequence[Series]:
        """Return the series of a target."""
        span, expr = filling.span, filling(target["expr"])
        if now:
            said = self._get("query", {"query": expr, "time": span.end})
        else:
            times = {"start": span.start, "end": span.end, "step": span.step}
            said = self._get("query_range", {"query": expr, **times})
        return [self._series(target, one) for one in said["result"]]

    def _get(self, what: str, asked: Mapping[str, Any]) -> Any:
        answer = self.client.post(f"{self.url}/api/v1/{what}", data=asked)
        if answer.status_code != 200:
            msg = f"{asked['query']}: {answer.text[:300]}"
            raise ValueError(msg)
        return answer.json()["data"]

    def _series(self, target: Mapping[str, Any], said: Mapping[str, Any]) -> Series:
        labels = {name: value for name, value in said["metric"].items() if name != "__name__"}
        pairs = said["values"] if "values" in said else [said["value"]]
        name = str(target.get("legendFormat", ""))
        for label in sorted(labels, key=len, reverse=True):
            name = name.replace(f"{{{{{label}}}}}", labels[label])
        name = " ".join(word for word in name.split() if not word.startswith("{{"))
        samples = [(float(at), float(value)) for at, value in pairs]
        return Series(target["refId"], labels, name, samples)


@dataclass(frozen=True, slots=True)
class Influx:
    """An InfluxDB at a URL, asked in InfluxQL."""

    client: httpx.Client
    url: str
    database: str

    def ask(self, target: Mapping[str, Any], filling: Filling, *, now: bool) -> Sequence[Series]:
        """Return the series of a target; ``now`` is in its text already."""
        query = filling(target["query"])
        params = {"db": self.database, "epoch": "ms", "q": query}
        answer = self.client.get(f"{self.url}/query", params=params)
        said = answer.json()
        first = said.get("results", [{}])[0]
        if answer.status_code != 200 or "error" in said or "error" in first:
            msg = f"{query}: {answer.text[:300]}"
            raise ValueError(msg)
        return [self._series(target, one) for one in first.get("series", ())]

    def _series(self, target: Mapping[str, Any], said: Mapping[str, Any]) -> Series:
        labels = {name: value for name, value in said.get("tags", {}).items() if value}
        name = str(target.get("alias", ""))
        for label in sorted(said.get("tags", {}), key=len, reverse=True):
            name = name.replace(f"$tag_{label}", labels.get(label, ""))
        samples = [(at / 1000, float(value)) for at, value, *_ in said["values"] if value is not None]
        return Series(target["refId"], labels, " ".join(name.split()), samples)


def is_now(panel: Mapping[str, Any]) -> bool:
    """Whether a panel shows one moment."""
    return panel["type"] in ("stat", "table", "bargauge")


def answers(panel: Mapping[str, Any], database: Database, filling: Filling) -> list[Series]:
    """Return all series of a panel."""
    now, stepped = is_now(panel), filling.of_panel(panel)
    return [one for target in panel["targets"] for one in database.ask(target, stepped, now=now)]
