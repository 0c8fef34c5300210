"""A rule as one expression of PromQL, with what is worth recording on its own. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from dcim.alerts import Rule
from dcim.alerts.clause import Clause, Input, Suppression
from dcim.alerts.condition import Expression, Rises, Share
from dcim.catalogue import METRICS
from dcim.outputs.exposition import label_name
from dcim.promrules.selector import Unsayable, is_state, numeric, one_of, selector, share_of, state_match
from dcim.record import dataclass, field

__all__ = ["Said", "Unsayable", "said"]

_FED: Final = (
    "it looks at the devices that this one feeds: the drawing of the building knows them, no series",
    "elle regarde les appareils que celui-ci alimente : le plan du bâtiment les connaît, aucune série",
)
_OF_ANOTHER: Final = (
    "it looks at a share or a rise of another point",
    "elle regarde une part ou une hausse d’un autre point",
)
_HELD_BACK: Final = (
    "it is held back by something that no series of the device says",
    "elle est retenue par ce qu’aucune série de l’appareil ne dit",
)


@dataclass(frozen=True, slots=True)
class Said:
    """The expression of a rule, and the series to be recorded that it stands on, by name."""

    text: str
    recorded: Mapping[str, str] = field(default_factory=dict)


def said(rule: Rule) -> Said:
    """Return a rule in PromQL. Raise ``Unsayable``."""
    recorded: dict[str, str] = {}
    ones = [_own(rule, metric, recorded) for metric in rule.metrics]
    text = _either(ones)
    for clause in rule.clauses:
        text = _with_clause(text, clause)
    if rule.suppression is not None:
        text = _unless_suppressed(text, rule.suppression)
    for higher in rule.yields_to:
        text = _unless_outranked(text, rule, higher)
    return Said(text, recorded)


def _own(rule: Rule, metric: str, recorded: dict[str, str]) -> str:
    if is_state(rule.raises):
        match = state_match(rule.raises)
        return f"{selector(metric, rule.kinds, rule.labels, rule.exempt, match)} == 1"
    series = selector(metric, rule.kinds, rule.labels, rule.exempt)
    share = rise = series
    if isinstance(rule.raises, Share):
        share = f"dcim:{metric}:share"
        recorded[share] = share_of(metric, series, rule.ratio_to)
    if isinstance(rule.raises, Rises):
        span = f"{rule.raises.within:g}s"
        rise = f"dcim:{metric}:rise{rule.raises.within / 60:g}m"
        recorded[rise] = f"{series} - min_over_time({series}[{span}])"
    return numeric(rule.raises, series, share, rise)


def _either(ones: Iterable[str]) -> str:
    found = list(ones)
    return found[0] if len(found) == 1 else " or ".join(f"({one})" for one in found)


def _with_clause(text: str, clause: Clause) -> str:
    """Join a clause: any of its inputs, or none of them while there is one that could say so."""
    if any(one.fed for one in clause.inputs):
        raise Unsayable(*_FED)
    joint = " or ".join(_input(one) for one in clause.inputs)
    on = _on(clause.inputs)
    if not clause.negated:
        return f"({text}) and {on} ({joint})"
    there = " or ".join(_there(one) for one in clause.inputs)
    return f"(({text}) and {on} ({there})) unless {on} ({joint})"


def _on(inputs: Iterable[Input]) -> str:
    return "on (site, asset)" if all(one.own for one in inputs) else "on (site)"


def _input(one: Input) -> str:
    found = _either(_holds(metric, one) for metric in one.metrics)
    if not one.every:
        return found
    others = _either(f"{_plain(metric, one)} unless ({_holds(metric, one)})" for metric in one.metrics)
    return f"({found}) unless {_on([one])} ({others})"


def _holds(metric: str, one: Input) -> str:
    return _condition(metric, one, one.condition)


def _condition(metric: str, one: Input, condition: Expression) -> str:
    if is_state(condition):
        return f"{selector(metric, one.kinds, one.labels, None, *_devices(one), state_match(condition))} == 1"
    if isinstance(condition, Share | Rises):
        raise Unsayable(*_OF_ANOTHER)
    series = _plain(metric, one)
    return numeric(condition, series, series, series)


def _plain(metric: str, one: Input) -> str:
    return selector(metric, one.kinds, one.labels, None, *_devices(one))


def _devices(one: Input) -> tuple[str, ...]:
    return (one_of("asset", sorted(one.devices)),) if one.devices else ()


def _there(one: Input) -> str:
    return _either(_plain(metric, one) for metric in one.metrics)


def _unless_suppressed(text: str, suppression: Suppression) -> str:
    """Hold it back while the other condition holds, and no longer in one go than it may."""
    by = suppression.by
    if not by.own or not is_state(by.condition):
        raise Unsayable(*_HELD_BACK)
    match = state_match(by.condition)
    series = [selector(metric, by.kinds, by.labels, None, match) for metric in by.metrics]
    now = _either(f"{one} == 1" for one in series)
    long = _either(f"min_over_time({one}[{suppression.at_most:g}s]) == 1" for one in series)
    return f"({text}) unless on (site, asset) (({now}) unless on (site, asset) ({long}))"


def _unless_outranked(text: str, rule: Rule, higher: str) -> str:
    """Leave a point to the higher step while that fires on it: one evaluation later at the most."""
    of_point = {label_name(name, ()) for metric in rule.metrics for name in METRICS[metric].labels}
    on = ", ".join(("site", "asset", *sorted(of_point)))
    return f'({text}) unless on ({on}) ALERTS{{alertname="{higher}", alertstate="firing"}}'
