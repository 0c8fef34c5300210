"""Who has heard what of an incident that is open, as it is kept over a restart. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from dcim.model.fact import Body
from dcim.notify.notices.notice import Notice
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
    _said: tuple[Notice, Body] | None = None  # what was made of a notice last

    def add(self, names: Iterable[str]) -> None:
        """Note that channels hear of it."""
        self.channels = list(dict.fromkeys((*self.channels, *names)))

    def said(self) -> Body:
        """Return the notice as JSON; it is made once, for the message and for what is kept."""
        if self._said is None or self._said[0] is not self.notice:
            self._said = self.notice, self.notice.body()
        return self._said[1]

    def body(self) -> dict[str, Any]:
        """Return what ``of`` reads."""
        said, self._said = self.said(), None  # every open incident has one of these: not twice for long
        return {
            "notice": said,
            "channels": self.channels,
            "reminders": self.reminders,
            "over": self.over,
        }

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> Heard:
        """Return what was kept. Raise KeyError where it is none."""
        return cls(Notice.of(body["notice"]), list(body["channels"]), body["reminders"], body["over"])
