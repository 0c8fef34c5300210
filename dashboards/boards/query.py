"""What a panel asks for, whatever the database: series picked by labels, and what is made of them. Pure.

Pick ─▶ Gather (sum, max ... by labels)      Pick ─▶ Change (rate, increase)      Coded: a state as one number

Two back ends say it: ``promql`` and ``influxql``; a ``Budget`` only the first, in a panel that says so.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from math import isclose
from typing import Final, Literal, TypeAlias

from dcim.catalogue import METRICS

PLACES: Final = ("site", "room", "rack", "feed", "tenant", "device")
"""The variables of dashboards, from the widest to the narrowest place."""

LABEL_OF: Final = {**{place: place for place in PLACES}, "device": "asset"}
"""The label that a variable picks by."""


class How(StrEnum):
    """How many series become one."""

    SUM = "sum"
    MIN = "min"
    MAX = "max"
    AVG = "avg"
    COUNT = "count"


class Said(StrEnum):
    """How often a metric is said, and so for how long a value is of now where a series has no end."""

    OFTEN = "often"  # five minutes
    SELDOM = "seldom"  # read every few hours: a day
    WHILE_SO = "while so"  # once a minute for as long as it is so, then no more: two minutes


@dataclass(frozen=True, slots=True)
class Match:
    """A label that is one of some values, or (``not_``) none of them."""

    label: str
    values: tuple[str, ...]
    not_: bool = False


@dataclass(frozen=True, slots=True)
class Pick:
    """The series of a metric (its name inside the house) at the chosen places.

    ``places``: the variables that choose. ``true``: only where the value is 1, as of states and alarms.
    ``times``: what the value is multiplied by.
    """

    metric: str
    where: tuple[Match, ...] = ()
    places: tuple[str, ...] = PLACES
    true: bool = False
    times: float = 1.0
    said: Said = Said.OFTEN

    def at(self, *places: str) -> Pick:
        """Return it chosen by these variables only."""
        return replace(self, places=places)

    @property
    def factor(self) -> str:
        """Return what stands behind a value to multiply it: never with an exponent, which InfluxQL cannot read."""
        return scaled(self.times)

    @property
    def labels(self) -> tuple[str, ...]:
        """Return the labels that tell its series apart: of the catalogue, and the device."""
        return "asset", *METRICS[self.metric].labels


@dataclass(frozen=True, slots=True)
class Gather:
    """Series made one for each value of ``by``."""

    how: How
    of: Pick
    by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """How a counter grows: per second, or in all in the span that is shown; summed for each value of ``by``."""

    of: Pick
    per: Literal["second", "range"]
    by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Mean:
    """The mean of each series over the span that is shown; of several, their greatest for each ``by``."""

    of: Pick
    by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Budget:
    """What is left of the time that a contract lets be broken in the span, as a share: PromQL alone says it."""

    places: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Coded:
    """A state as the number of its word, from 1, one series for each value of ``by``."""

    of: Pick
    words: tuple[str, ...]
    by: tuple[str, ...]


Query: TypeAlias = Pick | Gather | Change | Mean | Budget | Coded


def scaled(times: float) -> str:
    """Return ``times`` as an operation behind a value; nothing for 1."""
    if times == 1.0:
        return ""
    if times < 1.0 and isclose(1 / times, round(1 / times)):
        return f" / {round(1 / times)}"
    if not float(times).is_integer():
        msg = f"{times}: neither a whole number nor one over a whole number"
        raise ValueError(msg)
    return f" * {round(times)}"


def is_(label: str, *values: str) -> Match:
    """Return the match of a label that is one of these."""
    return Match(label, values)


def is_not(label: str, *values: str) -> Match:
    """Return the match of a label that is none of these."""
    return Match(label, values, not_=True)


def pick(
    metric: str,
    *where: Match,
    places: tuple[str, ...] = PLACES,
    times: float = 1.0,
    said: Said = Said.OFTEN,
) -> Pick:
    """Return the series of a metric of the catalogue. Raise KeyError for one that is not there."""
    return Pick(METRICS[metric].name, where, places, times=times, said=said)


def holds(metric: str, *where: Match, places: tuple[str, ...] = PLACES) -> Pick:
    """Return the series of a state or alarm that are 1."""
    return Pick(METRICS[metric].name, where, places, true=True)


def coded(metric: str, *where: Match, places: tuple[str, ...] = PLACES, by: tuple[str, ...] = ()) -> Coded:
    """Return a state of the catalogue as a number. Raise ValueError where profiles name its words."""
    words = METRICS[metric].words
    if not words:
        msg = f"{metric}: the catalogue does not close its words"
        raise ValueError(msg)
    of = Pick(metric, where, places)
    return Coded(of, words, by or of.labels)
