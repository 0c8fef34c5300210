"""Who has heard what of an incident that is open, as it is kept over a restart. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from dcim.notify.notice import Notice
from dcim.record import dataclass, field


@dataclass(slots=True)
class Heard:
    """What was last told of an incident, which channels heard of it, and how many reminders there were.

    ``over``: it has ended, and somebody who reads lists has not heard of it yet.
    """

    notice: Notice
    channels: list[str] = field(default_factory=list)
    reminders: int = 0
    over: bool = False

    def add(self, names: Iterable[str]) -> None:
        """Note that channels hear of it."""
        self.channels = list(dict.fromkeys((*self.channels, *names)))

    def body(self) -> dict[str, Any]:
        """Return what ``of`` reads."""
        return {
            "notice": self.notice.body(),
            "channels": self.channels,
            "reminders": self.reminders,
            "over": self.over,
        }

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> Heard:
        """Return what was kept. Raise KeyError where it is none."""
        return cls(Notice.of(body["notice"]), list(body["channels"]), body["reminders"], body["over"])
