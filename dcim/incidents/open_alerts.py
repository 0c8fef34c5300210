"""Which alerts stand: by key, by part with what each tells of, by device; each with its incident."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from dcim.incidents.case import Case
from dcim.incidents.incident import Member, Reason
from dcim.incidents.trouble import CAUSES, Trouble

_NO_TROUBLES: Final[Mapping[str, Trouble]] = MappingProxyType({})
_NO_CASES: Final[Mapping[str, Case]] = MappingProxyType({})


class OpenAlerts:
    """The index of the alerts that stand. ``troubles``: by part, what each alert there tells of, by its key.

    Within a part and within a device they are in the order in which they came.
    """

    def __init__(self) -> None:
        self.troubles: defaultdict[str, dict[str, Trouble]] = defaultdict(dict)
        self._cases: dict[str, Case] = {}
        self._by_device: defaultdict[str, dict[str, Case]] = defaultdict(dict)

    def case_of(self, key: str) -> Case | None:
        """Return the incident of an alert that stands."""
        return self._cases.get(key)

    def on_part(self, node: str) -> Mapping[str, Trouble]:
        """Return the troubles that stand at a part, by the keys of their alerts."""
        return self.troubles.get(node, _NO_TROUBLES)

    def on_device(self, device: str) -> Mapping[str, Case]:
        """Return the incidents of the alerts of a device or service that stand, by their keys."""
        return self._by_device.get(device, _NO_CASES)

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
        self._cases[member.key] = case
        self.troubles[member.place.node][member.key] = member.place.trouble
        self._by_device[member.place.device][member.key] = case

    def drop(self, member: Member) -> None:
        """Take an alert off the list: it stands no more."""
        self._cases.pop(member.key, None)
        for index, name in ((self.troubles, member.place.node), (self._by_device, member.place.device)):
            index[name].pop(member.key, None)
            if not index[name]:
                del index[name]
