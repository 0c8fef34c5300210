"""All rules of a site, and which of them a device has once its overrides are applied. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeAlias

from dcim.alerts.rule import Rule
from dcim.model import Asset, Kind, Point
from dcim.record import replace


@dataclass(frozen=True, slots=True)
class Selector:
    """Which devices an override is for: every field that is given must match, one of its values each."""

    devices: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()
    rooms: frozenset[str] = frozenset()
    kinds: frozenset[Kind] = frozenset()

    def matches(self, asset: Asset) -> bool:
        """Say whether the override is for this device."""
        return (
            (not self.devices or asset.id in self.devices)
            and (not self.tags or bool(self.tags & asset.tags))
            and (not self.rooms or asset.room in self.rooms)
            and (not self.kinds or asset.kind in self.kinds)
        )

    @property
    def weight(self) -> tuple[bool, bool, bool, bool]:
        """Return what sorts the more exact selector last: devices, then tags, then rooms, then kinds."""
        return bool(self.devices), bool(self.tags), bool(self.rooms), bool(self.kinds)


@dataclass(frozen=True, slots=True)
class Override:
    """Fields of one rule that differ for some devices. ``enabled`` False: the rule is off for them.

    ``labels``: it is for those points of them alone that have one of these values. Two overrides of a rule
    that say so are for different points.
    """

    rule: str
    selector: Selector
    fields: Mapping[str, Any]  # fields of Rule, compiled
    enabled: bool | None = None  # None: as it was
    labels: Mapping[str, frozenset[str]] = field(default_factory=dict)


ByMetric: TypeAlias = Mapping[str, tuple[Rule, ...]]
"""The rules of one device, by the metric they look at."""


@dataclass(frozen=True)
class RuleSet:
    """Rules by name, and overrides: where two differ the more exact one wins, then the later."""

    rules: Mapping[str, Rule]
    overrides: tuple[Override, ...] = ()
    _made: dict[tuple[Kind, tuple[int, ...]], ByMetric] = field(default_factory=dict, repr=False)

    def written_at(self, address: str) -> RuleSet:
        """Return these rules, each with an address of what to do: its own, or this with its name in it."""
        rules = {
            name: rule if rule.runbook else replace(rule, runbook=address.replace("{rule}", name))
            for name, rule in self.rules.items()
        }
        return RuleSet(rules, self.overrides)

    def __post_init__(self) -> None:
        """Bring the overrides in the order in which they apply."""
        object.__setattr__(self, "overrides", tuple(sorted(self.overrides, key=lambda o: o.selector.weight)))

    @cached_property
    def ratings(self) -> frozenset[str]:
        """Return the metrics that the values of some rule are a share of."""
        return frozenset(metric for rule in self.rules.values() for metric in rule.ratio_to)

    @cached_property
    def promises(self) -> bool:
        """Return whether any rule, or an override of one, promises how late it is at most."""
        fields = (override.fields.get("must_detect_within") for override in self.overrides)
        own = (rule.must_detect_within for rule in self.rules.values())
        return any(one is not None for one in (*own, *fields))

    def for_asset(self, asset: Asset) -> ByMetric:
        """Return the rules of a device by metric; devices that share kind and overrides share them."""
        applied = tuple(n for n, override in enumerate(self.overrides) if override.selector.matches(asset))
        key = (asset.kind, applied)
        if key not in self._made:
            self._made[key] = _by_metric(self._make(asset, [self.overrides[n] for n in applied]))
        return self._made[key]

    def for_point(self, asset: Asset, point: Point) -> tuple[Rule, ...]:
        """Return the rules of a device that look at one of its points."""
        return covering(self.for_asset(asset), point)

    def _make(self, asset: Asset, overrides: list[Override]) -> Iterable[Rule]:
        for rule in self.rules.values():
            if rule.fits(asset):
                yield from _parted(rule, [override for override in overrides if override.rule == rule.name])


def _parted(rule: Rule, overrides: list[Override]) -> Iterator[Rule]:
    """Yield a rule as it is for a device, and once more for the points of which something else holds."""
    some = [override for override in overrides if override.labels]
    if not some:
        yield from _changed(rule, overrides)
        return
    exempt = dict(rule.exempt)
    for override in some:
        for label, values in override.labels.items():
            exempt[label] = exempt.get(label, frozenset()) | values
    yield from _changed(rule, [each for each in overrides if not each.labels], exempt=exempt)
    for override in some:
        mine = [each for each in overrides if not each.labels or each is override]
        yield from _changed(rule, mine, labels={**rule.labels, **override.labels})


def _changed(rule: Rule, overrides: Iterable[Override], **fields: Any) -> Iterator[Rule]:
    """Yield a rule with its overrides, and these fields; nothing where it is off."""
    on, changed = True, dict(fields)
    for override in overrides:
        on = on if override.enabled is None else override.enabled
        changed |= override.fields
    if on:
        yield replace(rule, **changed) if changed else rule


def covering(rules: ByMetric, point: Point) -> tuple[Rule, ...]:
    """Return those rules of a device that look at one of its points, each behind those that it yields to."""
    found = [rule for rule in rules.get(point.metric, ()) if rule.covers(point)]
    return tuple(sorted(found, key=lambda rule: len(rule.yields_to)))


def _by_metric(rules: Iterable[Rule]) -> ByMetric:
    found: dict[str, tuple[Rule, ...]] = {}
    for rule in rules:
        for metric in rule.metrics:
            found[metric] = (*found.get(metric, ()), rule)
    return found
