"""Do the tables beside the chain say what the facts say? Pure; memory grows with the tables, not the chain.

facts ─▶ what the newest fact of each alert, device and message says ─▶ compared with the rows ─▶ faults

The tables of alerts, device states and messages only repeat facts, so that nobody need read the whole chain
to know what is so now. They carry no hash of their own; whoever changes one is found here: a row that no fact
made, a row that is gone, a row that says something else. A body is compared by the digest in its fact.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from typing import Any, Final, NamedTuple, TypeAlias

from dcim.ledger.canonical import NotCanonical, canonical
from dcim.ledger.chain import Entry, Head, Microseconds
from dcim.ledger.verify import Fault, FaultKind
from dcim.model.fact import Body, FactKind
from dcim.record import dataclass, field

DIGEST: Final = "digest"  # of an alert fact: the SHA-256 of the body of its row
MESSAGE_DIGEST: Final = "message_digest"  # of a fact that tells: the SHA-256 of the body of its messages
MESSAGE: Final = "message_id"
TOLD: Final = "told"  # of an alert fact: the channels for which a message was put into the outbox

_CLEARED: Final = "cleared"
_PENDING: Final = "pending"
_NOT_IN_A_ROW: Final = frozenset({"change", DIGEST, MESSAGE, TOLD})
_TOLD_OF: Final = frozenset({"raised", _CLEARED})

Key: TypeAlias = "tuple[str, str]"
"""A message: its id, and its channel."""


def digest(body: Body) -> str:
    """Return the SHA-256 of a body's canonical text, in lower-case hex. Raises ``NotCanonical``."""
    return sha256(canonical(body).encode()).hexdigest()


class AlertSeen(NamedTuple):
    """A row of the alerts as it is stored; ``body`` is canonical text."""

    key: str
    open: bool
    at: Microseconds
    body: str


class DeviceSeen(NamedTuple):
    """A row of the device states as it is stored."""

    asset: str
    state: str
    at: Microseconds
    body: str


class MessageSeen(NamedTuple):
    """A row of the outbox as it is stored, with the SHA-256 of its body."""

    message_id: str
    channel: str
    dedup_key: str
    created: Microseconds
    state: str
    settled: Microseconds | None
    digest: str


@dataclass(frozen=True, slots=True)
class Tables:
    """The rows at one moment, and where the chain ended then."""

    head: Head | None
    alerts: Iterable[AlertSeen]
    devices: Iterable[DeviceSeen]
    messages: Iterable[MessageSeen]


class _Fact(NamedTuple):
    sequence: int
    at: Microseconds
    subject: str
    body: Mapping[str, Any]


@dataclass(slots=True)
class _Messages:
    """What facts say of messages: those under way, how those in the table ended, and older facts' alerts."""

    under_way: dict[Key, _Fact] = field(default_factory=dict)
    ended: dict[Key, tuple[_Fact | None, _Fact]] = field(default_factory=dict)  # told by, settled by
    unnamed: set[tuple[str, Microseconds]] = field(default_factory=set)


class Derived:
    """Takes the entries of a chain in order, then says where the tables differ from them."""

    def __init__(self, tables: Tables) -> None:
        self._last = tables.head.sequence if tables.head else 0
        self._alerts = {row.key: row for row in tables.alerts}
        self._devices = {row.asset: row for row in tables.devices}
        self._messages = {(row.message_id, row.channel): row for row in tables.messages}
        self._of_alerts: dict[str, _Fact] = {}
        self._of_devices: dict[str, _Fact] = {}
        self._told = _Messages()

    def take(self, entry: Entry) -> None:
        """Fold one entry in. One that cannot be read is left out: the chain's own check names it."""
        if entry.sequence > self._last or entry.kind not in _FOLDS:
            return
        try:
            body = json.loads(entry.body)
        except (ValueError, RecursionError):
            return
        if isinstance(body, dict):
            _FOLDS[entry.kind](self, _Fact(entry.sequence, entry.at, entry.subject, body))

    def _alert(self, fact: _Fact) -> None:
        change = fact.body.get("change")
        if not isinstance(change, str):
            return
        self._of_alerts[fact.subject] = fact
        self._tell(fact)
        if not isinstance(fact.body.get(TOLD), list) and change in _TOLD_OF:
            self._told.unnamed.add((fact.subject, fact.at))

    def _tell(self, fact: _Fact) -> None:
        """Expect the messages that a fact says were put into the outbox."""
        channels = fact.body.get(TOLD)
        if isinstance(channels, list):
            name = str(fact.body.get(MESSAGE))
            self._told.under_way.update({(name, str(channel)): fact for channel in channels})

    def _device(self, fact: _Fact) -> None:
        if isinstance(fact.body.get("reach"), str):
            self._of_devices[fact.subject] = fact

    def _delivery(self, fact: _Fact) -> None:
        key = str(fact.body.get(MESSAGE)), str(fact.body.get("channel"))
        told = self._told.under_way.pop(key, None)
        if key in self._messages:
            self._told.ended[key] = told, fact

    def finish(self) -> Iterator[Fault]:
        """Yield every difference, after the last entry."""
        yield from self._check_alerts()
        yield from self._check_devices()
        yield from self._check_messages()

    def _check_alerts(self) -> Iterator[Fault]:
        for key, fact in self._of_alerts.items():
            row = self._alerts.get(key)
            if row is None:
                yield _missing(fact, f"alert {key}")
                continue
            said = (fact.body.get("open", fact.body["change"] != _CLEARED), fact.at)
            if said != (bool(row.open), row.at) or not _same_body(fact.body, row.body):
                yield _altered(fact, f"alert {key}")
        for key in sorted(self._alerts.keys() - self._of_alerts.keys()):
            yield _added(f"alert {key}")

    def _check_devices(self) -> Iterator[Fault]:
        for asset, fact in self._of_devices.items():
            row = self._devices.get(asset)
            if row is None:
                yield _missing(fact, f"device {asset}")
                continue
            if (row.state, row.at, row.body) != (fact.body["reach"], fact.at, _because(fact)):
                yield _altered(fact, f"device {asset}")
        for asset in sorted(self._devices.keys() - self._of_devices.keys()):
            yield _added(f"device {asset}")

    def _check_messages(self) -> Iterator[Fault]:
        told = self._told
        for key, fact in told.under_way.items():
            if key not in self._messages:
                yield _missing(fact, _named(key))
        for key, row in self._messages.items():
            by, end = told.ended.get(key, (told.under_way.get(key), None))
            if by is None and (row.dedup_key, row.created) not in told.unnamed:
                yield _added(_named(key))
                continue
            if by is not None and not _is_told(by, row):
                yield _altered(by, _named(key))
            state = (_PENDING, None) if end is None else (end.body.get("outcome"), end.at)
            if (row.state, row.settled) != state:
                what = f"{_named(key)} is {row.state}, the facts say {state[0]}"
                yield Fault(FaultKind.ROW_ALTERED, end.sequence if end else by.sequence if by else 0, what)


_FOLDS: Final = {
    FactKind.ALERT.value: Derived._alert,
    FactKind.DEVICE_STATE.value: Derived._device,
    FactKind.DELIVERY.value: Derived._delivery,
    FactKind.CHANNEL_TEST.value: Derived._tell,
    FactKind.INCIDENT.value: Derived._tell,
    FactKind.REMINDER.value: Derived._tell,
    FactKind.SUMMARY.value: Derived._tell,
    FactKind.MAINTENANCE.value: Derived._tell,
    FactKind.REPORT_ISSUED.value: Derived._tell,
}


def _because(fact: _Fact) -> str:
    try:
        return canonical({"why": fact.body.get("why")})
    except NotCanonical:
        return ""


def _same_body(fact: Mapping[str, Any], body: str) -> bool:
    """Whether a row's body is what its fact was about; facts of before digests say only a part of it."""
    if DIGEST in fact:
        return bool(sha256(body.encode()).hexdigest() == fact[DIGEST])
    try:
        held = json.loads(body)
    except (ValueError, RecursionError):
        return False
    if not isinstance(held, dict) or held.get("kind") != fact["change"]:
        return False
    return all(held.get(name) == value for name, value in fact.items() if name not in _NOT_IN_A_ROW)


def _is_told(fact: _Fact, row: MessageSeen) -> bool:
    digest = fact.body.get(MESSAGE_DIGEST, fact.body.get(DIGEST))  # before, a row was what its messages said
    return (row.dedup_key, row.created, row.digest) == (fact.subject, fact.at, digest)


def _named(key: Key) -> str:
    return f"message {key[0]} for {key[1]}"


def _missing(fact: _Fact, what: str) -> Fault:
    return Fault(FaultKind.ROW_MISSING, fact.sequence, f"{what} is not in its table")


def _altered(fact: _Fact, what: str) -> Fault:
    return Fault(FaultKind.ROW_ALTERED, fact.sequence, f"{what} is not in its table as the fact says it")


def _added(what: str) -> Fault:
    return Fault(FaultKind.ROW_ADDED, 0, f"{what} stands in its table and no fact tells of it")
