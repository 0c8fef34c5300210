"""Plug-ins, found by entry point: ours like anybody's. What a site does not use is never imported."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

from dcim.collect import CollectorPlugin
from dcim.model import DcimError

T = TypeVar("T")


class BrokenPlugin(DcimError):
    """An installed plug-in cannot be imported."""


class Known(Mapping[str, T], Generic[T]):
    """Things by their names. Each is made when it is first looked at, not when it is named."""

    def __init__(self, names: Iterable[str], make: Callable[[str], T]) -> None:
        self._names = dict.fromkeys(names)
        self._make = make
        self._made: dict[str, T] = {}

    def __getitem__(self, name: str) -> T:
        """Return what has a name. Raise KeyError if nothing has, and whatever making it raises."""
        if name not in self._made:
            if name not in self._names:
                raise KeyError(name)
            self._made[name] = self._make(name)
        return self._made[name]

    def __contains__(self, name: object) -> bool:
        """Say whether anything has a name, without making it."""
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        """Yield the names."""
        return iter(self._names)

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._names)


def collectors() -> Mapping[str, CollectorPlugin]:
    """Return every installed collector by its name."""
    return found("dcim.collectors")


def channels() -> Mapping[str, Any]:
    """Return every installed channel, a ``dcim.notify.ChannelPlugin``, by its type."""
    return found("dcim.channels")


def channel_types() -> Mapping[str, type[BaseModel]]:
    """Return the shape of each channel's settings by its type."""
    plugins = channels()
    return Known(plugins, lambda name: plugins[name].settings_type)


def outputs() -> Mapping[str, Any]:
    """Return every installed output, a ``dcim.outputs.contract.OutputPlugin``, by its type."""
    return found("dcim.outputs")


def output_types() -> Mapping[str, type[BaseModel]]:
    """Return the shape of each output's settings by its type."""
    plugins = outputs()
    return Known(plugins, lambda name: plugins[name].settings_type)


installed = cache(entry_points)
"""What is installed of all groups. Every package is looked into, so this is done once, not once a group."""


@cache
def found(group: str) -> Mapping[str, Any]:
    """Return what is installed of a group, as it was when somebody first asked.

    A plug-in that cannot be imported raises ``BrokenPlugin`` when it is looked at.
    """
    ours = installed().select(group=group)
    entries = {entry.name: entry for entry in sorted(ours, key=lambda entry: entry.name)}
    return Known(entries, lambda name: _loaded(group, entries[name]))


def _loaded(group: str, entry: EntryPoint) -> Any:
    try:
        return entry.load()
    except (ImportError, AttributeError) as why:
        package = entry.dist.name if entry.dist else "?"
        msg = f"plug-in {entry.name!r} ({group}, from package {package}) cannot be imported: {why}"
        raise BrokenPlugin(msg) from why
