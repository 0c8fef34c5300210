"""The user-based security model as a client (RFC 3414 3, RFC 3412 7.2): one ``Session`` per device and user.

    unknown --probe--> (report unknownEngineIDs) --> known --seal--> (response) --> answer
       ^                                               |
       |                      (report notInTimeWindows, signed) --> clock set, ask again
       |                      (report unknownEngineIDs: another engine answers now) --> adopted, ask again,
       |                                 but only when a confirmed engine does not answer in time
       +-- doubt: no answer --+

What a report says without a signature is believed only where RFC 3414 gives no other way: who the engine is.
The clock in it is a first guess that the next signed message confirms or corrects. A signed report corrects
the clock in both directions: agents exist that begin with boots 1 after every restart (B7), and an old report
cannot be replayed because it must carry the fresh message id that its question had.

Once an engine has answered this user with a signature, nothing unsigned ends a question or replaces the
engine at once: such a message is ``Unproved``, believed only if no signed answer comes in its attempt's time.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple, TypeAlias

from collectors.snmp.engine import ber, crypto, decode, oid, pdu, v3
from collectors.snmp.engine.access import User
from collectors.snmp.engine.keys import KeyCache, KeyPair
from collectors.snmp.engine.request import Request
from collectors.snmp.engine.v3 import AUTH, PRIV, REPORTABLE, Security
from dcim.model import BadAnswer, Refused
from dcim.record import dataclass

TIME_WINDOW: Final = 150  # seconds, RFC 3414 2.2.3
_NOT_IN_TIME_WINDOW: Final = oid.encode("1.3.6.1.6.3.15.1.1.2.0")
_UNKNOWN_ENGINE: Final = oid.encode("1.3.6.1.6.3.15.1.1.4.0")
_REFUSALS: Final[Mapping[bytes, str]] = MappingProxyType(
    {
        oid.encode(f"1.3.6.1.6.3.{number}.0"): text
        for number, text in {
            "15.1.1.1": "it does not offer this security level (unsupportedSecLevels)",
            "15.1.1.3": "it does not know this user (unknownUserNames)",
            "15.1.1.5": "wrong authentication key or algorithm (wrongDigests)",
            "15.1.1.6": "wrong privacy key or algorithm (decryptionErrors)",
            "12.1.4": "the context is unavailable (unavailableContexts)",
            "12.1.5": "it does not know this context (unknownContexts)",
            "11.2.1.3": "it does not serve this kind of request (unknownPDUHandlers)",
        }.items()
    }
)
_PROBE: Final = Request.get(())
_TWO_BYTES: Final = b"\x30\x82"  # a SEQUENCE whose length takes two bytes


class Reply(NamedTuple):
    """The device's response: its PDU, inside ``data``."""

    data: bytes
    pdu: pdu.Pdu


@dataclass(frozen=True, slots=True)
class Again:
    """The session has learned something (why); the question must be sent once more."""

    why: str


@dataclass(frozen=True, slots=True)
class Drop:
    """The message proves nothing and is to be forgotten (why)."""

    why: str


@dataclass(frozen=True, slots=True)
class Unproved:
    """Said without a signature about an engine that signs: the engine that answers now, or an error."""

    what: Security | Refused | BadAnswer


Heard: TypeAlias = Reply | Again | Drop | Unproved


class Session:
    """What is known about one device's engine, and the user's keys there. Times are monotonic seconds."""

    def __init__(self, user: User, keys: KeyCache, salt: int) -> None:
        self.user = user
        self.engine_id = b""
        self.boots = 0
        self.time = 0
        self.trusted = False  # the clock comes from a signed message
        self.confirmed = False  # this engine has answered this user
        self._at = 0.0
        self._doubtful = True
        self._keys = keys
        self._signer: crypto.Signer | None = None
        self._secret: crypto.Secret | None = None
        self._frame: v3.Frame | None = None
        self._salt = salt
        self._name = user.name.encode()
        self._scope = b""
        self._flags = REPORTABLE | (AUTH if user.auth else 0) | (PRIV if user.priv else 0)

    @property
    def needs_probe(self) -> bool:
        """Whether the engine must be asked who it is before a question can be sealed."""
        return self._doubtful

    def doubt(self) -> None:
        """Ask the engine who it is before the next question: it fell silent, perhaps for another one."""
        self._doubtful = True

    def probe(self, number: int) -> bytes:
        """Return the question that makes a device report its engine id, boots and time."""
        body = v3.scoped(b"", b"", pdu.encode(_PROBE, number))
        return v3.encode(number, REPORTABLE, Security(b"", 0, 0, b"", b"", b""), body)[0]

    def seal(self, request: Request, number: int, now: float) -> bytes:
        """Return the request as a message that this engine accepts at ``now``."""
        if self.user.auth is None:
            boots, time = 0, 0
        else:
            boots, time = self.boots, min(self.time + int(now - self._at), v3.MAX_CLOCK)
        inner = pdu.encode(request, number)
        body = ber.opening(0x30, len(self._scope) + len(inner)) + self._scope + inner
        salt = b""
        if self._secret is not None:
            self._salt += 1
            salt = crypto.salt_of(self._secret.priv, boots, self._salt)
            body = self._secret.encrypt((boots, time), salt, body)
        message, mac_at = self._framed(boots, time).message(number, time, salt, body)
        if self._signer is None:
            return message
        return message[:mac_at] + self._signer.sign(message) + message[mac_at + self._signer.size :]

    def _framed(self, boots: int, time: int) -> v3.Frame:
        """Return the frame of messages at this clock."""
        frame = self._frame
        if frame is None or frame.boots != boots or frame.time_size != time.bit_length() // 8 + 1:
            mac = bytes(self._signer.size) if self._signer is not None else b""
            salt = bytes(crypto.SALT_SIZE) if self._secret is not None else b""
            security = Security(self.engine_id, boots, time, self._name, mac, salt)
            frame = self._frame = v3.Frame(self._flags, security)
        return frame

    def open(self, data: bytes, message: v3.Message, now: float) -> Heard:
        """Say what a message that carries our message id means.

        Raises Refused when the device says no, and BadAnswer when its message makes no sense.
        """
        if message.flags & AUTH or not self.confirmed or self.user.auth is None:
            return self._open(data, message, now)
        try:
            return self._open(data, message, now)
        except (Refused, BadAnswer) as error:
            return Unproved(error)

    def _open(self, data: bytes, message: v3.Message, now: float) -> Heard:
        signed = bool(message.flags & AUTH)
        if signed and not self._is_signed(data, message):
            return Drop("digest")
        body = self._decrypted(message, signed=signed)
        if body is None:
            return Drop("encryption")
        inner = pdu.decode(body, *self._unscoped(body))
        if inner.tag == pdu.REPORT:
            return self._report(message, body, inner, now)
        if message.flags & (AUTH | PRIV) != self._flags & (AUTH | PRIV):
            return Drop("security_level")
        if message.security.engine_id != self.engine_id:
            return Drop("engine")
        if not self._timely(message.security, now):
            return Drop("time_window")
        self.confirmed = True
        return Reply(body, inner)

    def _is_signed(self, data: bytes, message: v3.Message) -> bool:
        signer, mac = self._signer, message.security.mac
        if signer is None or message.security.engine_id != self.engine_id:
            return False
        if len(mac) != signer.size or message.security.user != self._name:
            return False
        blank = data[: message.mac_at] + bytes(len(mac)) + data[message.mac_at + len(mac) :]
        return hmac.compare_digest(mac, signer.sign(blank))

    def _decrypted(self, message: v3.Message, *, signed: bool) -> bytes | None:
        if not message.flags & PRIV:
            return message.body
        security = message.security
        if self._secret is None or not signed:
            return None
        return self._secret.decrypt((security.boots, security.time), security.salt, message.body)

    def _unscoped(self, body: bytes) -> tuple[int, int]:
        """Return where the PDU of a scoped PDU stands, quickly if its scope is that of our questions."""
        if body.startswith(_TWO_BYTES) and body.startswith(self._scope, 4):
            end = 4 + int.from_bytes(body[2:4], "big")
            if end <= len(body):
                return 4 + len(self._scope), end
        return v3.unscope(body)[1:]

    def _timely(self, security: Security, now: float) -> bool:
        """Whether a signed response is not older than the window, and take its clock if it is newer."""
        if self.user.auth is None:
            return True
        expected = self.time + int(now - self._at)
        if self.trusted and (security.boots, security.time) < (self.boots, expected - TIME_WINDOW):
            return False
        if not self.trusted or (security.boots, security.time) > (self.boots, expected):
            self._set_clock(security, now, trusted=True)
        return True

    def _set_clock(self, security: Security, now: float, *, trusted: bool) -> None:
        self.boots, self.time, self._at = security.boots, security.time, now
        self.trusted = trusted

    def _report(self, message: v3.Message, body: bytes, inner: pdu.Pdu, now: float) -> Heard:
        oids, _, _ = decode.plain(body, inner.start, inner.end)
        name = oids[0] if oids else b""
        if name == _UNKNOWN_ENGINE or message.security.engine_id not in (b"", self.engine_id):
            # Some agents look for the user first and so report a changed engine as an unknown user.
            return self._unproved(message) or self.adopt(message.security, now)
        if name == _NOT_IN_TIME_WINDOW:
            if not message.flags & AUTH:
                return Drop("unsigned_report")
            self._set_clock(message.security, now, trusted=True)
            return Again("clock")
        if name in _REFUSALS:
            raise Refused(_REFUSALS[name])
        msg = f"an unknown report: {oid.text(name)}"
        raise BadAnswer(msg)

    def _unproved(self, message: v3.Message) -> Unproved | Drop | None:
        """Return what becomes of a report of an unknown engine while one has proved itself, or None."""
        if not self.confirmed or self.user.auth is None or message.flags & AUTH:
            return None
        if message.security.engine_id not in (b"", self.engine_id):
            return Unproved(message.security)
        return None if self._doubtful else Drop("unsigned_report")  # it does not know its own id: forged

    def adopt(self, security: Security, now: float) -> Again:
        """Take the engine that answers now, its clock as a first guess, and the user's keys for it."""
        if not security.engine_id:
            msg = "a report of an unknown engine id without an engine id"
            raise BadAnswer(msg)
        changed = security.engine_id != self.engine_id
        why = "engine_change" if self.engine_id and changed else "engine"
        if changed:
            self.engine_id = security.engine_id
            self.confirmed = False
            self._scope = v3.scope(security.engine_id, self.user.context.encode())
            self._take_keys(self._keys.pair(self.user, security.engine_id))
        self._doubtful = False
        self._set_clock(security, now, trusted=False)
        return Again(why)

    def _take_keys(self, pair: KeyPair) -> None:
        auth, priv = self.user.auth, self.user.priv
        self._signer = crypto.Signer(auth, pair.auth) if auth is not None else None
        self._secret = crypto.secret_of(priv, pair.priv) if priv is not None else None
        self._frame = None
