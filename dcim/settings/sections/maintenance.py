"""The section ``maintenance``: announced work, once or again and again, over parts of the site."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo

from pydantic import Field

from dcim.record import dataclass
from dcim.settings.reading.files import Files
from dcim.settings.reading.layers import Part
from dcim.settings.reading.shapes import Names
from dcim.settings.values.hours import Day, EveryDays, Hour, Moment
from dcim.settings.values.written import Line, Seconds
from dcim.windows import Every, Once, Scope, Span, Window
from dcim.windows.window import When
from dcim.yaml import Loc, Section, unknown

_LISTS: Final = ("devices", "services", "rooms", "tags")
_ONCE: Final = frozenset({"start", "end"})
_AGAIN: Final = frozenset({"every", "at", "lasts"})
_LIMITS: Final = frozenset({"first", "last"})
LONGEST: Final = 31 * 86400.0
"""Seconds for which one window may be open: work that takes longer is a change of the configuration."""


class MaintenanceShape(Section):
    """One window: from ``start`` to ``end``, or ``every`` such day ``at`` an hour ``for`` a time."""

    reason: Line = Field(min_length=1, max_length=400)
    ticket: Line = Field(default="", max_length=200)
    start: Moment | None = None
    end: Moment | None = None
    every: EveryDays | None = None
    at: Hour | None = None
    lasts: Annotated[Seconds, Field(ge=60, le=LONGEST)] | None = Field(default=None, alias="for")
    first: Day | None = Field(default=None, alias="from")
    last: Day | None = Field(default=None, alias="until")
    devices: Names = ()
    services: Names = ()
    rooms: Names = ()
    tags: Names = ()
    everything: bool = False


@dataclass(frozen=True, slots=True)
class Places:
    """What there is that a window can lie over."""

    devices: frozenset[str]
    services: frozenset[str]
    rooms: frozenset[str]
    tags: frozenset[str]

    def known(self, what: str) -> frozenset[str]:
        """Return the names of one list."""
        names: Mapping[str, frozenset[str]] = {
            "devices": self.devices,
            "services": self.services,
            "rooms": self.rooms,
            "tags": self.tags,
        }
        return names[what]


def maintenance(files: Files, zone: str, places: Places) -> Iterator[Window]:
    """Yield every window that is right; note what is wrong with the others. ``zone`` is the site's."""
    for name, part in files.named("maintenance").items():
        shape = files.reader.part(part.document, MaintenanceShape, part.loc)
        right = _scope_is_right(files, part, places)
        if shape is None:
            continue
        when = _when(files, part, shape, ZoneInfo(zone))
        if right and when is not None:
            yield Window(name, _scope(shape), when, shape.reason, shape.ticket)


def _scope(shape: MaintenanceShape) -> Scope:
    devices, services, rooms, tags = (frozenset(getattr(shape, what)) for what in _LISTS)
    return Scope(devices, services, rooms, tags, shape.everything)


def _when(files: Files, part: Part, shape: MaintenanceShape, zone: ZoneInfo) -> When | None:
    said = {key for key in (*_ONCE, *_AGAIN, *_LIMITS) if getattr(shape, key) is not None}
    if said == _ONCE and shape.start is not None and shape.end is not None:
        return _once(files, part, shape.start, shape.end, zone)
    if said - _LIMITS == _AGAIN and shape.every and shape.at is not None and shape.lasts is not None:
        return Every(shape.every, shape.at, shape.lasts, zone, shape.first, shape.last)
    what = "expected `start` and `end`, or `every`, `at` and `for` (with `from` and `until` if you like)"
    files.reader.note(part.document.problem(part.loc, what, key=True))
    return None


def _at(moment: datetime, zone: ZoneInfo) -> float:
    """Return UTC seconds of a moment; one without an offset is on the wall of the site."""
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).timestamp()


def _once(files: Files, part: Part, first: datetime, last: datetime, zone: ZoneInfo) -> When | None:
    start, end = _at(first, zone), _at(last, zone)
    if 0 < end - start <= LONGEST:
        return Once(Span(start, end))
    what = f"longer than {LONGEST / 86400:g} days" if end > start else _ends_too_soon(first, last, zone)
    files.reader.note(part.document.problem((*part.loc, "end"), what))
    return None


def _ends_too_soon(first: datetime, last: datetime, zone: ZoneInfo) -> str:
    """Say why nothing is left of a window: by what is written, or by an hour that the wall leaves out."""
    on_the_wall = first.tzinfo is None and last.tzinfo is None and first < last
    for moment in (first, last) if on_the_wall else ():
        shown = datetime.fromtimestamp(_at(moment, zone), zone)
        if shown.replace(tzinfo=None) != moment:
            return (
                f"the wall has no {moment:%H:%M} that night, which is {shown:%H:%M}: nothing is left between"
            )
    return "it ends when it starts" if first == last else "it ends before it starts"


def _scope_is_right(files: Files, part: Part, places: Places) -> bool:
    """Note what is wrong with what a window lies over, as it is written, whatever its shape."""
    data = part.document.at(part.loc)
    if not isinstance(data, dict):
        return False
    problems = []
    for what in _LISTS:
        for loc, name in _named(data.get(what), (*part.loc, what)):
            if name not in places.known(what):
                problems.append(part.document.problem(loc, unknown(what[:-1], name, places.known(what))))
    named = any(data.get(what) for what in _LISTS)
    if named is (data.get("everything") is True):
        which = "either `everything: true` or some of devices, services, rooms, tags"
        problems.append(part.document.problem(part.loc, f"expected {which}", key=True))
    files.reader.note(*problems)
    return not problems


def _named(written: Any, loc: Loc) -> Iterator[tuple[Loc, str]]:
    """Yield one name or those of a list, with their places; what is no name is told by the shape."""
    if isinstance(written, str):
        yield loc, written
    for number, name in enumerate(written if isinstance(written, list) else ()):
        if isinstance(name, str):
            yield (*loc, number), name
