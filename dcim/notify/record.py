"""Changes of alerts into one atomic work: facts, alert rows and messages, all or nothing. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, TypeAlias, cast

from dcim.alerts import Alert, Change, ChangeKind, Severity
from dcim.ledger import digest
from dcim.model import Batch, Point, canonical
from dcim.model.fact import Body, Fact, FactKind
from dcim.notify.context import Beside, beside
from dcim.notify.notice import Notice, Site, notice_of
from dcim.store import AlertRow, Message, Work

Newest: TypeAlias = Callable[[str], Iterable[Batch]]
"""Gives the newest batch of each lane of a device by its id."""

_TOLD: Final = frozenset({ChangeKind.RAISED, ChangeKind.CLEARED})
"""The changes that are sent to people; an acknowledgement is recorded."""

_FACT: Final = (
    "rule", "severity", "raised_at", "asset", "metric", "labels", "value", "unit", "state", "limit",
    "acknowledged", "why",
)  # fmt: skip


def record(
    changes: Iterable[Change], site: Site, channels: Iterable[str], newest: Newest = lambda _asset: ()
) -> Work:
    """Return the work that makes changes true and tells every channel of them, in the order they came.

    ``newest`` gives the newest batches of a device, for the values that rules want to be read beside.
    """
    names = tuple(channels)
    facts: list[Fact] = []
    messages: list[Message] = []
    rows: dict[str, AlertRow] = {}
    for change in changes:
        notice = notice_of(change, site, _context(change, newest))
        told = names if change.kind in _TOLD else ()
        body = {**notice.body(), "kind": str(change.kind)}
        facts.append(Fact(FactKind.ALERT, change.at, notice.key, _fact(body, notice, told)))
        rows[notice.key] = AlertRow(notice.key, change.kind is not ChangeKind.CLEARED, change.at, body)
        messages += [_message(notice, name) for name in told]
    return Work(facts=tuple(facts), alerts=tuple(rows.values()), outbox=tuple(messages))


def _context(change: Change, newest: Newest) -> tuple[Beside, ...]:
    if change.rule is None or not change.rule.context:
        return ()
    return beside(change.rule.context, newest(change.alert.asset), change.at)


def alert_of(row: AlertRow) -> Alert:
    """Return the open alert that a row keeps, for ``Watch.restore`` after a restart."""
    body = cast("Mapping[str, Any]", row.body)
    point = Point(body["asset"], body["metric"], canonical(body["labels"]))
    return Alert(
        row.key,
        body["rule"],
        point,
        Severity(body["severity"]),
        float(body["raised_at"]),
        body["acknowledged"],
    )


def _fact(body: Body, notice: Notice, told: tuple[str, ...]) -> Body:
    """Return what the ledger keeps: with the digest of row and messages, so that a change of those shows."""
    said = {"change": body["kind"], **{name: body[name] for name in _FACT}}
    return {**said, "digest": digest(body), "message_id": notice.message_id, "told": told}


def _message(notice: Notice, channel: str) -> Message:
    return Message(channel, notice.key, notice.message_id, notice.body(), created=notice.at, due=notice.at)
