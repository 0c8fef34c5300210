"""The log of a replay: canonical text, a line for whatever happened to an alert or incident and was told.

    2026-11-20T10:00:31.250Z alert raised ups-a ups_output_source_state ups-on-battery critical
    2026-11-20T10:00:31.250Z incident raised feed-a because=feed alerts=1 severity=critical
    2026-11-20T10:00:36.000Z message mail raised 3f2a91c0 critical ups-on-battery ups-a #0 "Feed A..."

The same bytes on every machine: times are those of the recording, what is unordered is sorted, numbers are
rounded to the millisecond that they are written in. What devices said is made legible: a line stays one.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from dcim.model import legible
from dcim.model.fact import Fact, FactKind
from dcim.record import dataclass
from dcim.store import Message, Work

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SHORT: Final = 12


@dataclass(frozen=True, slots=True)
class Told:
    """A message that would have gone out. ``at`` is UTC seconds; ``key`` what raise and clearance share.

    ``root``: the roots of its incident as they were then, commas between several.
    """

    at: float
    channel: str
    kind: str
    key: str
    subject: str
    severity: str
    rule: str
    asset: str
    number: int
    says: str
    root: str = ""

    def line(self) -> str:
        """Return it as a line of the log."""
        what = f"{self.severity} {self.rule or '-'} {self.asset or '-'} #{self.number}"
        sent = f"{moment(self.at)} message {self.channel} {self.kind} {self.key[:_SHORT]}"
        return legible(f"{sent} {what} {quoted(self.says)}")

    def data(self) -> dict[str, Any]:
        """Return it as JSON data."""
        return {
            "at": moment(self.at),
            "channel": self.channel,
            "kind": self.kind,
            "key": self.key,
            "subject": self.subject,
            "severity": self.severity,
            "rule": self.rule,
            "asset": self.asset,
            "number": self.number,
            "says": self.says,
        }


def moment(at: float) -> str:
    """Return UTC seconds as ISO 8601, to the millisecond."""
    when = _EPOCH + timedelta(milliseconds=round(at * 1000.0))
    return f"{when:%Y-%m-%dT%H:%M:%S}.{when.microsecond // 1000:03d}Z"


def quoted(text: str) -> str:
    """Return a text as the log writes it."""
    return legible(json.dumps(text, ensure_ascii=False))


class Log:
    """Takes the works of the core in their order. ``lines`` is the log, ``told`` the messages in it."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.told: list[Told] = []
        self._roots: dict[str, str] = {}
        self._paged: set[str] = set()

    def note(self, work: Work) -> None:
        """Write down what a work says."""
        for fact in work.facts:
            self.lines += map(legible, self._of(fact))
        for message in work.outbox:
            self._tell(message)

    def _of(self, fact: Fact) -> Iterator[str]:
        body: Mapping[str, Any] = fact.body
        if fact.kind is FactKind.ALERT:
            labels = "".join(f"{{{key}={value}}}" for key, value in sorted(body["labels"].items()))
            point = f"{body['asset']} {body['metric']}{labels}"
            rule = f"{body['rule']} {body['severity']}"
            yield f"{moment(fact.at)} alert {body['change']} {point} {rule}{_why(body)}"
        elif fact.kind is FactKind.INCIDENT:
            roots = tuple(map(str, body["roots"]))
            self._roots[fact.subject] = ",".join(sorted(roots))
            said = f"because={body['because']} alerts={body['alerts']} open={body['open']}"
            yield (
                f"{moment(fact.at)} incident {body['change']} {','.join(roots)} {said} "
                f"devices={body['devices']} severity={body['severity']}{_why(body)}"
            )
        elif fact.kind in (FactKind.DEVICE_STATE, FactKind.SERVICE_STATE):
            yield f"{moment(fact.at)} {fact.kind} {fact.subject} {_flat(body)}"

    def _tell(self, message: Message) -> None:
        body: Mapping[str, Any] = message.body
        says = body.get("headline") or body.get("title") or {}
        told = Told(
            message.created,
            message.channel,
            str(body.get("kind", "")),
            message.dedup_key,
            str(body.get("subject", "")),
            str(body.get("severity", "")),
            str(body.get("rule", "")),
            str(body.get("asset", "")),
            int(body.get("number", 0)),
            str(says.get("en", "") if isinstance(says, Mapping) else says),
            self._roots.get(message.dedup_key, ""),
        )
        self.told.append(told)
        if told.kind == "raised":
            self._paged.add(told.key)
        self.lines.append(told.line())

    def ends(self) -> frozenset[str]:
        """Return the roots that the incidents end with of which people were told; commas between several."""
        return frozenset(roots for name, roots in self._roots.items() if name in self._paged)

    def text(self) -> str:
        """Return the log."""
        return "".join(f"{line}\n" for line in self.lines)


def _why(body: Mapping[str, Any]) -> str:
    return f" {quoted(body['why'])}" if body.get("why") else ""


def _flat(body: Mapping[str, Any]) -> str:
    """Return the plain values of a fact in the order of their names; what has structure is left out."""
    plain = ((key, value) for key, value in sorted(body.items()) if isinstance(value, str) and value)
    return " ".join(f"{key}={quoted(value) if ' ' in value else value}" for key, value in plain)


def counted(told: Iterable[Told]) -> dict[str, int]:
    """Return how many messages went to each channel."""
    counts: dict[str, int] = {}
    for one in told:
        counts[one.channel] = counts.get(one.channel, 0) + 1
    return dict(sorted(counts.items()))
