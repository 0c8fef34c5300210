"""The heartbeats of other sites: one whose beats stop is an alert here, and the ends of its ledger are kept.

POST /api/heartbeat ─▶ known? in time? signed? newer? ─▶ peer_state{site} ─▶ watch, like any reading
                                                      └▶ once an hour: a fact with the end of its ledger
"""

from __future__ import annotations

import hashlib
import hmac
import json
from array import array
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import structlog

from dcim.clock import Clock
from dcim.daemon.itself import AGAIN, OWN
from dcim.ledger import NotCanonical, SignedHead
from dcim.model import Batch, Health, Lane, Layout, Meaning, Point, state_code
from dcim.model.fact import Fact, FactKind
from dcim.record import dataclass, field
from dcim.settings import Referring
from dcim.store import Work

log = structlog.get_logger()

STATE: Final = "peer_state"
_SKEW: Final = 300.0
"""Seconds that a beat may be off our clock: what is older was sent before, by somebody else perhaps."""

_MOST_A_SECOND: Final = 10
"""Beats of one site that are told apart within the second that they are dated to."""

_HOUR: Final = 3600.0
_LONGEST_KEY: Final = 200
_HEALTH: Final = {"heard": Health.OK, "awaited": Health.UNKNOWN, "silent": Health.CRITICAL}
_CODES: Final = {word: state_code(word) for word in _HEALTH}
_STATES: Final = {_CODES[word]: Meaning(word, health) for word, health in _HEALTH.items()}
_ENDS: Final = ("chain", "epoch", "sequence", "hash")


@dataclass(slots=True)
class _Peer:
    """One site: its key, when it was heard and kept (monotonic), and how it dated itself (UTC).

    ``signatures`` are those of the beats of that second: whoever repeats one is not that site.
    """

    key: bytes
    patience: float
    heard: float | None = None
    sent: float = 0.0
    signatures: set[str] = field(default_factory=set)
    kept: float | None = None
    ahead: float | None = None  # seconds by which its clock was before ours at its newest beat


class Peers:
    """Listens for the beats of other sites."""

    def __init__(self, parts: Sequence[Referring], secrets: Mapping[Any, str], clock: Clock) -> None:
        self.said: Callable[[Batch], None] = lambda _batch: None  # effects, carried by the daemon
        self.noted: Callable[[Work], None] = lambda _work: None
        self._clock = clock
        self._began = clock.monotonic()
        self._peers = {
            part.name: _Peer(secrets[part.fields.key].encode(), part.fields.silent_after)  # type: ignore[attr-defined]
            for part in parts
        }
        points = tuple(Point(OWN, STATE, (("site", name),)) for name in self._peers)
        sources = ("peers",) * len(points)
        self._layout = Layout(OWN, Lane.SLOW, points, (_STATES,) * len(points), sources, own=True)
        self._last: tuple[float, tuple[str, ...]] = (-AGAIN, ())

    def take(self, body: bytes, timestamp: str, signature: str) -> str:
        """Take a beat; return why it counts for nothing, or nothing. No answer tells whom we listen for."""
        site, said = _read(body)
        peer = self._peers.get(site)
        expected = _signature(peer.key if peer else b"nobody", timestamp, body)
        if peer is None or not hmac.compare_digest(expected.encode(), signature.encode()):
            return "not signed by a site that is listened for"
        sent = float(timestamp) if timestamp.isdecimal() else 0.0
        if abs(sent - self._clock.now()) > _SKEW:
            return "its time is more than five minutes off"
        if sent < peer.sent:
            return "older than one that was heard"
        if sent > peer.sent:
            peer.signatures.clear()
        if signature in peer.signatures or len(peer.signatures) >= _MOST_A_SECOND:
            return "heard already"
        peer.signatures.add(signature)
        if peer.heard is None or self._state(peer) == "silent":
            log.info("a peer is heard", site=site)
        peer.heard, peer.sent = self._clock.monotonic(), sent
        peer.ahead = sent - self._clock.now()
        self._keep(site, peer, said)
        return ""

    @property
    def ahead(self) -> Mapping[str, float]:
        """Return by how many seconds the clocks of the sites that are heard are before ours, to a second."""
        heard = ((name, peer) for name, peer in self._peers.items() if self._state(peer) == "heard")
        return {name: peer.ahead for name, peer in heard if peer.ahead is not None}

    def look(self) -> None:
        """Say the states that changed, or all of them after a while."""
        if not self._peers:
            return
        words = tuple(map(self._state, self._peers.values()))
        at, last = self._last
        if words != last or self._clock.monotonic() - at >= AGAIN:
            self._last = self._clock.monotonic(), words
            self.said(Batch(self._layout, self._clock.now(), array("d", map(_CODES.__getitem__, words))))

    def _state(self, peer: _Peer) -> str:
        since = self._began if peer.heard is None else peer.heard
        if self._clock.monotonic() - since > peer.patience:
            return "silent"
        return "awaited" if peer.heard is None else "heard"

    def _keep(self, site: str, peer: _Peer, said: Mapping[str, Any]) -> None:
        """Keep the end of a peer's ledger in ours, once an hour: then neither can be rewritten alone."""
        now = self._clock.monotonic()
        ledger = said.get("ledger")
        if not isinstance(ledger, dict) or (peer.kept is not None and now - peer.kept < _HOUR):
            return
        peer.kept = now
        ends = {name: ledger[name] for name in _ENDS if isinstance(ledger.get(name), int | str)}
        body = {"ledger": ends, **_signed(ledger.get("signed"))}
        fact = Fact(FactKind.PEER, self._clock.now(), site, body)
        self.noted(Work(facts=(fact,)))


def _signed(said: object) -> dict[str, dict[str, str | int]]:
    """Return a signed head in the form in which it is kept; nothing for anything else."""
    try:
        return {"signed": SignedHead.of_json(said).as_json()}
    except NotCanonical:
        return {}


def _read(body: bytes) -> tuple[str, Mapping[str, Any]]:
    """Return whose beat a body says that it is, and what it says; empty where it is none."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return "", {}
    site = said.get("site") if isinstance(said, dict) else None
    return (site, said) if isinstance(site, str) and len(site) <= _LONGEST_KEY else ("", {})


def _signature(key: bytes, timestamp: str, body: bytes) -> str:
    signed = timestamp.encode("utf-8", "replace") + b"." + body
    return "sha256=" + hmac.new(key, signed, hashlib.sha256).hexdigest()
