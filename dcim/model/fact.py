"""A fact: one thing that became true, as the ledger keeps it for ever."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType
from typing import TypeAlias

from dcim.record import acyclic, dataclass, field

Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"
"""What a body may hold: finite floats, integers within +-(2**53 - 1), text of Unicode scalar values."""

Body: TypeAlias = Mapping[str, Json]
_EMPTY: Body = MappingProxyType({})


class FactKind(StrEnum):
    """What a fact is about. The words are kept for ever; a new one is added, none is ever renamed."""

    DAEMON_STARTED = "daemon_started"  # subject: the site; body says how the run before ended
    DAEMON_STOPPED = "daemon_stopped"  # subject: the site; only after a clean stop
    HEARTBEAT = "heartbeat"  # subject: the site; the daemon was watching
    BLIND = "blind"  # subject: the site or an asset; body: from, to (UTC seconds), reason
    CLOCK_STEPPED = "clock_stepped"  # subject: the site; body: from, to, since (UTC), offset
    CONFIG_LOADED = "config_loaded"  # subject: the site; body: sha256 of every file read
    DEVICE_STATE = "device_state"  # subject: an asset id
    HARDWARE_CHANGED = "hardware_changed"  # subject: an asset id; body: before, after (identities)
    SERVICE_STATE = "service_state"  # subject: a service; after a start each is unknown until its first
    ALERT = "alert"  # subject: an alert key
    MUTE = "mute"  # subject: a device id; a mute was laid on it or one of its alerts, or taken off
    INCIDENT = "incident"  # subject: an incident; body: what became of it, its root, what it hits
    REMINDER = "reminder"  # subject: a dedup key; more people were told, or the same again
    SUMMARY = "summary"  # subject: the site; body: a list of incidents that people were told together
    MAINTENANCE = "maintenance"  # subject: a window; body: what became of it, over what, why
    ON_CALL = "on_call"  # subject: a rota; body: who is on call from now on, or stands in
    DELIVERY = "delivery"  # subject: a dedup key; what became of a message
    PEER = "peer"  # subject: another site; body: where its ledger ended
    CHANNEL_TEST = "channel_test"  # subject: a dedup key; body: the channel and message that try it
    HISTORY_CLOSED = "history_closed"  # subject: a file of the history; body: its sha256
    ROLLUP_CLOSED = "rollup_closed"  # subject: an hour (UTC); body: version, root and sha256 of its block
    KEY_CREATED = (
        "key_created"  # subject: the id of a key; body: the public key that signs heads from here on
    )
    KEY_ROTATED = "key_rotated"  # subject: the id of the new key; body: it, signed by the one before
    HEAD_STAMPED = "head_stamped"  # subject: the sequence of a head; body: its time stamp by an authority
    DEED = "deed"  # subject: an alert, incident, device, rota or window; body: who did what, by what proof
    RECLASSIFIED = "reclassified"  # subject: a service; body: from, to, was, now (categories), who, reason
    SERVICE_DEFINED = "service_defined"  # subject: a service; body: needs, parts, place, bound; or removed
    TOPOLOGY = "topology"  # subject: the site; body: sha256 of the building, and what of it changed
    SITE_DESCRIBED = "site_described"  # subject: the site; body: sha256 of the file with names and wiring
    REPORT_ISSUED = "report_issued"  # subject: kind, scope and period; body: sha256 of claim and files
    CONFIG_CHANGED = "config_changed"  # subject: the site; body: keys added, removed, changed; no values
    PROFILES_LOADED = "profiles_loaded"  # subject: a collector; body: sha256 of profiles new or changed
    CLOCK_OFFSET = "clock_offset"  # subject: the site; body: state, offset: how the clock is, when it turns
    LEDGER_EXPORTED = "ledger_exported"  # subject: the site; body: up to which head, how much, the login
    REPORT_READ = "report_read"  # subject: the claim of a report; body: who had which file of it
    SINGLE_LOSS = "single_loss"  # subject: a service; body: survival of any single loss, or by which it falls
    PREDICTION = (
        "prediction"  # subject: what was lost; body: what had been said would be, and what was measured
    )
    PERSON_ERASED = "person_erased"  # subject: a pseudonym; body: who had the name behind it erased


@dataclass(frozen=True, slots=True)
@acyclic
class Fact:
    """One thing that became true. ``at`` is UTC seconds since 1970, kept to the microsecond.

    ``subject`` is what it is about: an asset id, an alert key, the site. ``body`` is JSON-like
    (``Json``) and must not be changed by whoever handed it over.
    """

    kind: FactKind
    at: float
    subject: str
    body: Body = field(default_factory=lambda: _EMPTY)
