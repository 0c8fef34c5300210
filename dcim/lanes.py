"""How often the points that a rule looks at are asked: by the lanes that a device's profile gives them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, Protocol, runtime_checkable

from dcim.alerts import Rule
from dcim.model import Asset, ConfigError, Lane
from dcim.poll import Pace

_LANES: Final = tuple(Lane)
"""The fast one first."""


@runtime_checkable
class TellsLanes(Protocol):
    """What a collector's plug-in may offer beside, so that it is known before how late an alert can be."""

    def lanes(self, profile: str, profile_dirs: Sequence[Path] = ()) -> Mapping[str, Lane]:
        """Return the slowest lane of every metric of a family; raise ConfigError where it is wrong."""
        ...


class Lanes:
    """Looks lanes up, each family once. Of a device that names no profile they are known once it answers."""

    def __init__(self, plugins: Mapping[str, object], profile_dirs: Sequence[Path], pace: Pace) -> None:
        self._plugins = plugins
        self._dirs = profile_dirs
        self._pace = pace
        self._known: dict[tuple[str, tuple[str, ...]], Mapping[str, Lane]] = {}

    def every(self, asset: Asset, rule: Rule) -> float:
        """Return how often the slowest point that a rule looks at is asked on a device, in seconds.

        What the daemon knows by itself, and points of which no profile tells, count as asked on every beat.
        """
        lanes = self._of(asset)
        slowest = max((lanes.get(metric, Lane.FAST) for metric in rule.inputs), key=_LANES.index)
        return self._pace.lasts(slowest, asset.interval)

    def _of(self, asset: Asset) -> Mapping[str, Lane]:
        key = (asset.collector, asset.profiles)
        if key not in self._known:
            self._known[key] = self._read(*key)
        return self._known[key]

    def _read(self, collector: str, profiles: Sequence[str]) -> Mapping[str, Lane]:
        plugin = self._plugins.get(collector)
        found: dict[str, Lane] = {}
        if not isinstance(plugin, TellsLanes):
            return found
        for profile in profiles:
            try:
                lanes = plugin.lanes(profile, self._dirs)
            except (ConfigError, LookupError):  # told where profiles are checked
                continue
            for metric, lane in lanes.items():
                found[metric] = max(found.get(metric, Lane.FAST), lane, key=_LANES.index)
        return found
