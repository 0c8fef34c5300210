"""What a dashboard is made of, as data: panels with their questions, columns and limits. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from boards.limits import Step, plain
from boards.query import PLACES, Query
from boards.text import Text


class Source(StrEnum):
    """The language in which a dashboard asks."""

    PROMETHEUS = "prometheus"
    INFLUXDB = "influxdb"


class Form(StrEnum):
    """How a panel shows what it was told."""

    STAT = "stat"
    LINES = "timeseries"
    TIMELINE = "state-timeline"
    TABLE = "table"
    BARS = "bargauge"


class Page(StrEnum):
    """The page of the daemon behind what is clicked."""

    DEVICE = "device"
    SERVICE = "service"
    HOME = "home"


@dataclass(frozen=True, slots=True)
class Target:
    """One question of a panel. Its series are named by these labels, or all by one ``name``.

    ``after`` stands behind the labels, where another question of the panel has series of the same labels.
    """

    query: Query
    labels: tuple[str, ...] = ("asset",)
    name: Text | None = None
    after: Text | None = None


@dataclass(frozen=True, slots=True)
class States:
    """The words of a state by their numbers: ``codes`` of a coded state, or (``texts``) of a column of words."""

    metric: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: a label, or ``Value``; with several targets ``Value #A``, ``Value #B`` ..."""

    field: str
    title: Text
    unit: str = ""
    steps: tuple[Step, ...] = ()
    states: States | None = None
    named: str = ""  # what its words are: "severity", "rule", "room", "kind", "yes"
    width: int = 0


@dataclass(frozen=True, slots=True)
class Panel:
    """One panel. ``size``: columns of 24, and units of height."""

    form: Form
    title: Text
    about: Text
    targets: tuple[Target, ...]
    unit: str = "short"
    size: tuple[int, int] = (12, 8)
    steps: tuple[Step, ...] = plain()
    states: States | None = None
    columns: tuple[Column, ...] = ()
    sort: str = ""  # the field that a table is sorted by
    down: bool = False  # the largest first
    page: Page = Page.DEVICE
    least: float | None = None
    most: float | None = None
    decimals: int | None = None
    stacked: bool = False
    nothing: Text | None = None  # what is said where there is no series, if that is no lack of data
    only: Source | None = None  # the one source that can say it
    known_as: str = ""  # "room", "site": names of series stand for ids that the site has names for


@dataclass(frozen=True, slots=True)
class Row:
    """Panels under a heading."""

    title: Text
    panels: tuple[Panel, ...]


@dataclass(frozen=True, slots=True)
class Board:
    """One dashboard. ``places``: the variables that choose; ``base``: the metric whose labels they offer."""

    name: str
    title: Text
    about: Text
    rows: tuple[Row, ...]
    places: tuple[str, ...] = PLACES
    base: str = "device_reach_state"
    span: str = "now-6h"
    refresh: str = "30s"
    one: str = ""  # the variable of which exactly one value is chosen

    @property
    def uid(self) -> str:
        """Return its address in Grafana, the same in every set."""
        return f"dcim-{self.name}"
