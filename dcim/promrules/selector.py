"""Series of the exposition and conditions over them, in PromQL. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import isfinite
from typing import Final

from dcim.alerts import Language
from dcim.alerts.condition import (
    Expression,
    HasGap,
    HasHealth,
    InState,
    IsSet,
    Outside,
    Rises,
    Share,
)
from dcim.catalogue import METRICS
from dcim.model import Kind
from dcim.outputs.exposition import exported, label_name, quoted

_UNKNOWN: Final = "unknown"
_CLEAR: Final = "clear"


_HEALTH: Final = (
    "how bad a word is stands in the profile of the device, not in the series",
    "la gravité d’un mot est dans le profil de l’appareil, pas dans la série",
)
_GAP: Final = (
    "a gap has no series: Prometheus sees nothing where it is",
    "une lacune n’a pas de série : Prometheus n’y voit rien",
)
_RATING: Final = ("no rating fits the labels of {}", "aucune valeur nominale n’a les étiquettes de {}")


class Unsayable(Exception):
    """What a rule asks cannot be asked of Prometheus; ``why`` says the reason in each language."""

    def __init__(self, en: str, fr: str) -> None:
        super().__init__(en)
        self.why: Mapping[Language, str] = {Language.EN: en, Language.FR: fr}


def selector(
    metric: str,
    kinds: Iterable[Kind] = (),
    labels: Mapping[str, Iterable[str]] | None = None,
    exempt: Mapping[str, Iterable[str]] | None = None,
    *more: str,
) -> str:
    """Return the series of a metric on devices of these kinds, by the labels of points."""
    matches = [*more]
    if names := sorted(str(kind) for kind in kinds):
        matches.append(one_of("kind", names))
    for name, values in sorted((labels or {}).items()):
        matches.append(one_of(_label(name), sorted(values)))
    for name, values in sorted((exempt or {}).items()):
        matches.append(one_of(_label(name), sorted(values), not_=True))
    return f"{exported(metric)}{{{','.join(matches)}}}" if matches else exported(metric)


def _label(name: str) -> str:
    return label_name(name, ())


def one_of(label: str, values: list[str], *, not_: bool = False) -> str:
    """Return the match of a label that is one of these values, or none of them."""
    if len(values) == 1:
        return f"{label}{'!=' if not_ else '='}{quoted(values[0])}"
    return f"{label}{'!~' if not_ else '=~'}{quoted('|'.join(values))}"


def state_match(condition: Expression) -> str:
    """Return the match of the word of a state or alarm that a condition is true of. Raise ``Unsayable``."""
    match condition:
        case InState(words, negated, _):
            if negated:
                return one_of("state", sorted({*words, _UNKNOWN}), not_=True)
            return one_of("state", sorted(words))
        case IsSet():
            return one_of("state", [_CLEAR], not_=True)
        case HasHealth():
            raise Unsayable(*_HEALTH)
        case HasGap():
            raise Unsayable(*_GAP)
        case _:
            msg = f"no state: {condition}"
            raise TypeError(msg)


def is_state(condition: Expression) -> bool:
    """Whether a condition is over words and not over numbers."""
    return isinstance(condition, InState | IsSet | HasHealth | HasGap)


def beyond(value: str, limits: Outside) -> str:
    """Return that a value lies outside of limits."""
    sides = []
    if isfinite(limits.high):
        sides.append(f"{value} > {limits.high:g}")
    if isfinite(limits.low):
        sides.append(f"{value} < {limits.low:g}")
    return sides[0] if len(sides) == 1 else " or ".join(f"({side})" for side in sides)


def share_of(metric: str, series: str, ratings: Iterable[str]) -> str:
    """Return a value as a share of the first rating that the device says, the one with the most labels first.

    A rating with all labels of the value is matched with each; one with fewer holds for all that share those.
    """
    own = METRICS[metric].labels
    found = []
    for name in ratings:
        labels = METRICS[name].labels
        if labels == own:
            found.append(f"{series} / {exported(name)}")
        elif set(labels) < set(own):
            on = ", ".join(("site", "asset", *(_label(label) for label in labels)))
            found.append(f"{series} / on ({on}) group_left () {exported(name)}")
    if not found:
        raise Unsayable(*(why.format(metric) for why in _RATING))
    return " or ".join(f"({one})" for one in found) if len(found) > 1 else found[0]


def numeric(condition: Expression, series: str, share: str, rise: str) -> str:
    """Return a condition over numbers. ``share`` and ``rise``: what stands for the series in those."""
    match condition:
        case Outside():
            return beyond(series, condition)
        case Share(limits, _):
            return beyond(share, limits)
        case Rises(by, _, _):
            return f"{rise} > {by:g}"
        case _:
            msg = f"no number: {condition}"
            raise TypeError(msg)
