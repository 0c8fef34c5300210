"""What can be wrong between a device and what it names: one function a question."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from dcim.collect import Family
from dcim.model import ConfigError, Problem
from dcim.settings.reading.shapes import DeviceShape
from dcim.settings.sections.known import Entry, Known
from dcim.settings.values.written import seconds
from dcim.yaml import found, unknown


def _group(entry: Entry, known: Known) -> Iterator[Problem]:
    name = entry.text("group")
    if name is not None and name not in known.groups:
        yield entry.layered.problem(("group",), unknown("group", name, known.groups))


def _collector(entry: Entry, known: Known) -> Iterator[Problem]:
    name = entry.text("collector")
    if name is None:
        return
    if name not in known.plugins:
        yield entry.layered.problem(("collector",), unknown("collector", name, known.plugins))
    for other in entry.own.data:
        if other in known.plugins and other != name:
            yield entry.layered.problem((other,), f"the collector of this device is {found(name)}", key=True)


def _credentials(entry: Entry, known: Known) -> Iterator[Problem]:
    """A credential must be there; one that the device names itself must be for its collector."""
    collector = entry.text("collector")
    for loc, name in entry.texts("credential"):
        protocol = known.protocols.get(name)
        own = entry.own.document.has((*entry.own.loc, *loc))
        if protocol is None:
            yield entry.layered.problem(loc, unknown("credential", name, known.protocols))
        elif own and protocol != collector and {protocol, collector} <= known.plugins.keys():
            what = f"credential {found(name)} is for {protocol}, but the collector is {collector}"
            yield entry.layered.problem(loc, what)


def _profiles(entry: Entry, known: Known) -> Iterator[Problem]:
    collector = entry.text("collector")
    if collector is None or collector not in known.plugins:
        return
    for loc, name in entry.texts("profile"):
        try:
            names = known.profiles(collector)
        except ConfigError as exc:
            yield from exc.problems
            return
        if names and name not in names:
            yield entry.layered.problem(loc, unknown(f"{collector} profile", name, names))
        elif name in names:
            yield from _hasty(entry, names[name])


def _hasty(entry: Entry, profile: Family) -> Iterator[Problem]:
    """A device must not be asked more often than its family stands."""
    try:
        interval = seconds(entry.layered.data.get("interval", DeviceShape.model_fields["interval"].default))
    except ValueError:
        return
    if interval < profile.least_interval:
        key = "interval" if entry.layered.has(("interval",)) else "profile"
        least = f"profile {found(profile.name)} allows none below {profile.least_interval:g} s"
        yield entry.layered.problem((key,), f"the interval is {interval:g} s, but {least}")


def _room(entry: Entry, known: Known) -> Iterator[Problem]:
    name = entry.text("room")
    if name and known.rooms and name not in known.rooms:
        yield entry.layered.problem(("room",), unknown("room", name, known.rooms))


def _times(entry: Entry, known: Known) -> Iterator[Problem]:
    """A poll must be over before the next one is due."""
    del known
    written = {key: entry.layered.data.get(key, DeviceShape.model_fields[key].default) for key in _PACE}
    try:
        interval, timeout = (seconds(written[key]) for key in _PACE)
    except ValueError:
        return
    if timeout >= interval:
        key = "timeout" if entry.layered.has(("timeout",)) else "interval"
        yield entry.layered.problem(
            (key,), f"the timeout ({timeout:g} s) is not shorter than the interval ({interval:g} s)"
        )


_PACE: Final = ("interval", "timeout")
CHECKS: Final[tuple[Callable[[Entry, Known], Iterator[Problem]], ...]] = (
    _group,
    _collector,
    _credentials,
    _profiles,
    _room,
    _times,
)
