"""What devices may name, and one device as it is written."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import create_model

from dcim.collect import CollectorPlugin, Family
from dcim.settings.reading.layers import Layered, Part
from dcim.settings.reading.shapes import DeviceShape, Template
from dcim.yaml import Loc


@dataclass(frozen=True)
class Known:
    """What devices may name. ``protocols`` are those of the credentials, whether or not they are right."""

    plugins: Mapping[str, CollectorPlugin]
    protocols: Mapping[str, str]
    rooms: Collection[str]
    groups: Mapping[str, Part]
    defaults: Part | None
    profile_dirs: tuple[Path, ...]
    _profiles: dict[str, Mapping[str, Family]] = field(default_factory=dict)

    @cached_property
    def device_type(self) -> type[DeviceShape]:
        """Return the shape of a device, with room for each collector's own section."""
        return create_model("Device", __base__=DeviceShape, **self._sections)

    @cached_property
    def template_type(self) -> type[Template]:
        """Return the shape of a group or of the defaults, likewise."""
        return create_model("Template", __base__=Template, **self._sections)

    @property
    def _sections(self) -> dict[str, Any]:
        return {name: (dict[str, Any], {}) for name in self.plugins}

    def profiles(self, collector: str) -> Mapping[str, Family]:
        """Return the profiles of a collector by name. One that cannot be read raises ConfigError, once."""
        if collector not in self._profiles:
            self._profiles[collector] = {}
            families = self.plugins[collector].families(self.profile_dirs)
            self._profiles[collector] = {family.name: family for family in families}
        return self._profiles[collector]


@dataclass(frozen=True, slots=True)
class Entry:
    """One device as written, laid over its group and the defaults."""

    own: Part
    layered: Layered

    def text(self, key: str) -> str | None:
        """Return the text at a key if there is one, whatever else is wrong with the device."""
        value = self.layered.data.get(key)
        return value if isinstance(value, str) else None

    def texts(self, key: str) -> Iterator[tuple[Loc, str]]:
        """Yield the texts at a key that takes one or several, each with its place."""
        value = self.layered.data.get(key)
        if isinstance(value, str):
            yield (key,), value
        elif isinstance(value, list):
            yield from (((key, at), text) for at, text in enumerate(value) if isinstance(text, str))
