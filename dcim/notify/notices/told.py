"""What a message is about, and the parts of one that stand several times in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from enum import StrEnum
from typing import Any, Final, cast

from dcim.alerts import Language, Severity, Text
from dcim.model.fact import Json
from dcim.record import acyclic, dataclass


class NoticeKind(StrEnum):
    """What happened that people are told."""

    RAISED = "raised"
    UPDATED = "updated"  # it got worse, or hits a service that it had not hit before
    ACKNOWLEDGED = "acknowledged"
    CLEARED = "cleared"
    REMINDED = "reminded"  # nobody has acknowledged: more people are told, or the same ones again
    LISTED = "listed"  # several, in one message; nothing new is said of any of them
    ANNOUNCED = "announced"  # what is planned begins or ends: nothing is wrong


class Subject(StrEnum):
    """What a message is about. Incidents and alerts have a key, a first message and a clearance."""

    INCIDENT = "incident"
    ALERT = "alert"  # one that no incident may hold back (smoke, leak, battery low), beside its incident
    LIST = "list"  # a digest, what a channel did not bear, a hand-over
    WORK = "work"  # maintenance


@dataclass(frozen=True, slots=True)
@acyclic
class Child:
    """An alert of an incident beside the one that it is named after. ``raised_at`` is UTC seconds."""

    key: str
    rule: str
    severity: Severity
    asset: str
    name: str
    title: Text
    raised_at: float
    labels: Mapping[str, str]
    open: bool = True

    def body(self) -> dict[str, Json]:
        """Return it as the store keeps it."""
        return {
            "key": self.key,
            "rule": self.rule,
            "severity": str(self.severity),
            "asset": self.asset,
            "name": self.name,
            "title": plain(self.title),
            "raised_at": self.raised_at,
            "labels": plain(self.labels),
            "open": self.open,
        }

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> Child:
        """Return what a body was made from."""
        return cls(**{**body, "title": text_of(body["title"]), "severity": Severity(body["severity"])})


@dataclass(frozen=True, slots=True)
class Also:
    """What else is to be done in an incident: what calls for it, at which devices (names), and what follows.

    ``count`` is how many devices call for it, ``names`` those of the first.
    """

    rule: str
    title: Text
    consequence: Text
    action: Text
    count: int
    names: tuple[str, ...]

    def body(self) -> dict[str, Json]:
        """Return it as the store keeps it."""
        values = ((name, getattr(self, name)) for name in _ALSO)
        return {name: value if type(value) in PLAIN else plain(value) for name, value in values}

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> Also:
        """Return what a body was made from."""
        texts = {name: text_of(body[name]) for name in ("title", "consequence", "action")}
        return cls(**{**body, **texts, "names": tuple(body["names"])})


@dataclass(frozen=True, slots=True)
class Touched:
    """A service that an incident hits.

    ``function`` is up, down or unknown, ``redundancy`` full, reduced or unknown, ``kind`` power, cooling,
    tenant or other, ``subject`` the rack, room or tenant that it is for.
    """

    id: str
    name: str
    kind: str
    subject: str
    tenant: str
    function: str
    redundancy: str

    def body(self) -> dict[str, Json]:
        """Return it as the store keeps it."""
        return {name: getattr(self, name) for name in _TOUCHED}

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> Touched:
        """Return what a body was made from."""
        return cls(**body)


_ALSO: Final = tuple(one.name for one in fields(Also))
_TOUCHED: Final = tuple(one.name for one in fields(Touched))
PLAIN: Final = frozenset({str, float, int, bool, tuple, type(None)})
"""Types that JSON has as they are."""


def plain(value: Any) -> Json:
    """Return words and mappings as plain JSON has them."""
    kind = type(value)
    if kind in PLAIN:
        return cast("Json", value)
    if kind is not dict and isinstance(value, str):
        return str(value)
    if kind is dict or isinstance(value, Mapping):
        return {str(key): inner if type(inner) in PLAIN else plain(inner) for key, inner in value.items()}
    return cast("Json", value)


def text_of(body: Mapping[str, str] | None) -> Text:
    """Return a text in all languages from what the store kept of it; empty where it kept none."""
    if body is None:
        return dict.fromkeys(Language, "")
    return {Language(language): text for language, text in body.items()}
