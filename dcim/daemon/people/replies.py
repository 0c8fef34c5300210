"""What people answer to a message, carried to the alerts that it told of: ``ACK 17`` acknowledges all."""

from __future__ import annotations

from collections.abc import Iterator

from dcim.alerts import Deed, Doing, Proof, Target, alert_key
from dcim.model import Point, canonical
from dcim.notify import Heard, Notice, Subject


def deed_of(heard: Heard) -> Deed:
    """Return what an answer wishes: to acknowledge what the message told of, in the name of who answered."""
    notice = heard.letter.notice
    who, note = f"{heard.who} ({heard.channel})", heard.text.strip()
    return Deed(
        Doing.ACKNOWLEDGE,
        Target(""),
        who,
        note,
        proof=Proof.REPLY,
        incident=notice.key,
        keys=frozenset(_keys(notice)),
        raised_at=notice.raised_at if notice.subject is Subject.ALERT else None,
    )


def _keys(notice: Notice) -> Iterator[str]:
    """Yield the keys of the alerts that a message is about: its root, and the others of the incident."""
    root = Point(notice.asset, notice.metric, canonical(notice.labels))
    yield alert_key(notice.site.id, notice.rule, root)
    yield from (child.key for child in notice.children if child.open)
