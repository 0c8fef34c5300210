"""What people answer to a message, carried to the alerts that it told of: ``ACK 17`` acknowledges all."""

from __future__ import annotations

from collections.abc import Iterator

from dcim.alerts import Change, Watch, alert_key
from dcim.clock import Clock
from dcim.model import Point, canonical
from dcim.notify import Heard, Notice


def acknowledged(heard: Heard, watch: Watch, clock: Clock) -> list[Change]:
    """Acknowledge what a message told of until it clears, under the name of who answered.

    Nothing changes where it is over by now, or somebody was quicker.
    """
    notice = heard.letter.notice
    who, note = f"{heard.who} ({heard.channel})", heard.text.strip()
    now, at = clock.monotonic(), clock.now()
    return [change for key in _keys(notice) for change in watch.acknowledge(key, who, at, now, note)]


def _keys(notice: Notice) -> Iterator[str]:
    """Yield the keys of the alerts that a message is about: its root, and the others of the incident."""
    root = Point(notice.asset, notice.metric, canonical(notice.labels))
    yield alert_key(notice.site.id, notice.rule, root)
    yield from (child.key for child in notice.children if child.open)
