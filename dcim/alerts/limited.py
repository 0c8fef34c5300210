"""What a site says that its parts may carry, as the limits of the rules on what a loss would do. Pure.

``power: { warn: 60 %, trip: 90 % }`` of a part is an override of both rules for the device that tells of it,
and for the points of that part where the daemon tells of it itself, as of a board without a meter. What never
opens (``trip: never``) is not told of as overloaded by a loss: that it is too much, the other rule says.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, TypeAlias

from dcim.alerts.condition import Outside
from dcim.alerts.quantity import tidy
from dcim.alerts.rule import Rule
from dcim.alerts.ruleset import Override, RuleSet, Selector
from dcim.model import Kind
from dcim.record import replace

Limits: TypeAlias = Mapping[str, tuple[float, float | None]]
"""By device or part the share of a rating that is too much for long, and the one that opens.

Empty: of the whole site. None where nothing opens.
"""

_PART: Final = "part"
"""The label of points of what a loss would do: which part they are of."""
_RULES: Final = ("loss_near_limit", "loss_overloads")


def limited(rules: RuleSet, limits: Limits) -> RuleSet:
    """Return rules that look at what a site declares; its own overrides go before that."""
    known = dict(rules.rules)
    for name, share in zip(_RULES, limits.get("", ()), strict=False):
        if name in known and share is not None and (fields := _fields(known[name], share)):
            known[name] = replace(known[name], **fields)
    made: list[Override] = []
    for number, name in enumerate(_RULES):
        if name in known:
            made += _overrides(known[name], {part: both[number] for part, both in limits.items() if part})
    return RuleSet(known, (*made, *rules.overrides))


def _overrides(rule: Rule, shares: Mapping[str, float | None]) -> Iterator[Override]:
    """Yield what differs of a rule for each device, and for the parts that the daemon tells of itself.

    Those with the same share are one override, so that a site with thousands of parts has few.
    """
    parts: dict[float | None, set[str]] = {}
    for part, share in shares.items():
        parts.setdefault(share, set()).add(part)
        fields, on = _meant(rule, share)
        if fields or on is False:
            yield Override(rule.name, Selector(devices=frozenset({part})), fields, on)
    for share, names in parts.items():
        fields, on = _meant(rule, share)
        if fields or on is False:
            labels = {_PART: frozenset(names)}
            yield Override(rule.name, Selector(kinds=frozenset({Kind.SERVICE})), fields, on, labels)


def _meant(rule: Rule, share: float | None) -> tuple[dict[str, Any], bool | None]:
    """Return what differs of a rule by a share, and whether it is off."""
    return ({}, False) if share is None else (_fields(rule, share), None)


def _fields(rule: Rule, share: float) -> dict[str, Any]:
    """Return what differs of a rule by its limit: nothing where it is that already, or none."""
    if not isinstance(rule.raises, Outside) or not isinstance(rule.holds, Outside):
        return {}
    usual, held = rule.raises.high, rule.holds.high
    if usual == share:
        return {}
    return {
        "raises": Outside(high=share),
        "holds": Outside(high=tidy(share - min(usual - held, share / 2))),
        "limit": f"above {_percent(share)}",
        "title": {lang: text.replace(_percent(usual), _percent(share)) for lang, text in rule.title.items()},
    }


def _percent(share: float) -> str:
    return f"{100 * share:g} %"
