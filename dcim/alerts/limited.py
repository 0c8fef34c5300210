"""What a site says that its parts may carry, as the limits of the rules on what a loss would do. Pure.

``power: { warn: 60 %, trip: 90 % }`` of a part is an override of both rules for the device that tells of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypeAlias

from dcim.alerts.condition import Outside
from dcim.alerts.quantity import tidy
from dcim.alerts.rule import Rule
from dcim.alerts.ruleset import Override, RuleSet, Selector
from dcim.record import replace

Limits: TypeAlias = Mapping[str, tuple[float, float]]
"""By device (empty: of the whole site) the share of a rating that is too much for long, and that opens."""

_RULES: Final = ("loss_near_limit", "loss_overloads")


def limited(rules: RuleSet, limits: Limits) -> RuleSet:
    """Return rules that look at what a site declares; its own overrides go before that."""
    known = dict(rules.rules)
    for name, share in zip(_RULES, limits.get("", ()), strict=False):
        if name in known and (fields := _fields(known[name], share)):
            known[name] = replace(known[name], **fields)
    made = tuple(
        Override(name, Selector(devices=frozenset({device})), _fields(known[name], share))
        for device, shares in limits.items()
        for name, share in zip(_RULES, shares, strict=True)
        if device and name in known
    )
    return RuleSet(known, (*made, *rules.overrides))


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
