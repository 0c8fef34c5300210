"""What a site says that its parts may carry, as the limits of the rules on what a loss would do. Pure.

``power: { warn: 60 %, trip: 90 % }`` of a part is an override of both rules for the device that tells of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, TypeAlias

from dcim.alerts.condition import Outside
from dcim.alerts.quantity import tidy
from dcim.alerts.rule import Rule
from dcim.alerts.ruleset import Override, RuleSet, Selector

Limits: TypeAlias = Mapping[str, tuple[float, float]]
"""By device (empty: of the whole site) the share of a rating that is too much for long, and that opens."""

_RULES: Final = ("loss_near_limit", "loss_overloads")


def limited(rules: RuleSet, limits: Limits) -> RuleSet:
    """Return rules that look at what a site declares; its own overrides go before that."""
    made = tuple(
        override
        for device, shares in limits.items()
        for name, share in zip(_RULES, shares, strict=True)
        for override in _override(rules.rules.get(name), device, share)
    )
    return RuleSet(rules.rules, (*made, *rules.overrides)) if made else rules


def _override(rule: Rule | None, device: str, share: float) -> Iterator[Override]:
    if rule is None or not isinstance(rule.raises, Outside) or not isinstance(rule.holds, Outside):
        return
    usual, held = rule.raises.high, rule.holds.high
    if not device and share == usual:
        return
    selector = Selector(devices=frozenset({device})) if device else Selector()
    title = {lang: text.replace(_percent(usual), _percent(share)) for lang, text in rule.title.items()}
    fields = {
        "raises": Outside(high=share),
        "holds": Outside(high=tidy(share - min(usual - held, share / 2))),
        "limit": f"above {_percent(share)}",
        "title": title,
    }
    yield Override(rule.name, selector, fields)


def _percent(share: float) -> str:
    return f"{100 * share:g} %"
