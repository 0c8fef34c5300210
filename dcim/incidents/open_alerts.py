"""Which alerts stand: by key, part, device and point, each with its incident; and what ended just now."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final, TypeVar

from dcim.incidents.case import Case
from dcim.incidents.incident import Member, Reason
from dcim.incidents.place import Place
from dcim.incidents.trouble import CAUSES, Trouble
from dcim.model import Point

_NO_TROUBLES: Final[Mapping[str, Trouble]] = MappingProxyType({})
_NO_CASES: Final[Mapping[str, Case]] = MappingProxyType({})


class OpenAlerts:
    """The index of the alerts that stand. ``troubles``: by part, what each alert there tells of, by its key.

    Within a part, a device and a point they are in the order in which they came.
    """

    def __init__(self) -> None:
        self.troubles: defaultdict[str, dict[str, Trouble]] = defaultdict(dict)
        self._cases: dict[str, Case] = {}
        self._by_device: defaultdict[str, dict[str, Case]] = defaultdict(dict)
        self._by_point: defaultdict[Point, dict[str, Case]] = defaultdict(dict)
        self._ended: defaultdict[Point, dict[str, Case]] = defaultdict(dict)

    def begin(self) -> None:
        """Begin a new moment: what ended before it has not ended just now."""
        self._ended.clear()

    def case_of(self, key: str) -> Case | None:
        """Return the incident of an alert that stands."""
        return self._cases.get(key)

    def placed(self, key: str) -> Place:
        """Return where an alert stands that is open."""
        return self._cases[key].members[key].place

    def on_part(self, node: str) -> Mapping[str, Trouble]:
        """Return the troubles that stand at a part, by the keys of their alerts."""
        return self.troubles.get(node, _NO_TROUBLES)

    def on_device(self, device: str) -> Mapping[str, Case]:
        """Return the incidents of the alerts of a device or service that stand, by their keys."""
        return self._by_device.get(device, _NO_CASES)

    def at_point(self, point: Point) -> Sequence[tuple[Member, Case]]:
        """Return the alerts at a point that stand, then those that ended in this moment, and where."""
        here = self._by_point.get(point, _NO_CASES)
        ended = self._ended.get(point, _NO_CASES) if self._ended else _NO_CASES
        return [(case.members[key], case) for index in (here, ended) for key, case in index.items()]

    def is_silent(self, device: str) -> bool:
        """Whether an alert stands that a device does not answer."""
        return Trouble.SILENT in self.on_part(device).values()

    def shows(self, reason: Reason) -> bool:
        """Whether an alert stands that shows the cause of a reason."""
        if reason.cause:
            return reason.cause in self._cases
        return not CAUSES.isdisjoint(self.on_part(reason.node).values())

    def put(self, member: Member, case: Case) -> None:
        """List an alert, or that it belongs to another incident now."""
        alert, place = member.change.alert, member.place
        key = alert.key
        self._cases[key] = case
        self.troubles[place.node][key] = place.trouble
        self._by_device[place.device][key] = case
        self._by_point[alert.point][key] = case

    def drop(self, member: Member) -> None:
        """Take an alert off the list: it stands no more."""
        self._cases.pop(member.key, None)
        _drop(self.troubles, member.place.node, member.key)
        _drop(self._by_device, member.place.device, member.key)
        _drop(self._by_point, member.alert.point, member.key)

    def end(self, member: Member, case: Case) -> None:
        """Take an alert off the list that has cleared, and know until the next moment where it belonged."""
        self.drop(member)
        self._ended[member.alert.point][member.key] = case


_Name = TypeVar("_Name")
_What = TypeVar("_What")


def _drop(index: dict[_Name, dict[str, _What]], name: _Name, key: str) -> None:
    listed = index.get(name)
    if listed is not None:
        listed.pop(key, None)
        if not listed:
            del index[name]
