"""What stands between the port for traps and the library that reads them. Pure: time is an argument.

datagram ─▶ from a device or a relay? ─▶ its bucket ─▶ the bucket of all ─▶ read ─▶ "ask this device now"
              └ no: counted, listed          └ empty: counted    └ empty: counted

Traps can be forged, lost and sent twice, and they come in floods. So nothing that one says is believed: it
makes us ask. What is thrown away here costs a device nothing but the time to its next beat.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final

from collectors.snmp.dialect.profile import SnmpProfile, TrapWord
from dcim.collect import Stranger
from dcim.record import dataclass, field

EACH: Final = (2.0, 10.0)
"""Datagrams a second that one address may send for long, and how many at once: one is enough to be asked."""

ALL: Final = (30.0, 200.0)
"""The same for all together. Reading one costs 3 ms (v2c) to 10 ms (v3): a third of a core for long."""

STRANGERS: Final = 64
"""Addresses of unknown senders that are listed; of more those that were silent longest are let go."""

_WELL_KNOWN: Final[Mapping[str, TrapWord]] = {  # RFC 3418, IF-MIB (RFC 2863), BRIDGE-MIB (RFC 4188)
    "1.3.6.1.6.3.1.1.5.1": TrapWord("cold_start"),
    "1.3.6.1.6.3.1.1.5.2": TrapWord("warm_start"),
    "1.3.6.1.6.3.1.1.5.3": TrapWord("link_down"),
    "1.3.6.1.6.3.1.1.5.4": TrapWord("link_up"),
    "1.3.6.1.6.3.1.1.5.5": TrapWord("authentication_failure", ask=False),
    "1.3.6.1.6.3.1.1.5.6": TrapWord("egp_neighbour_loss", ask=False),
}


class Verdict(StrEnum):
    """What becomes of a datagram."""

    ADMITTED = "admitted"
    STRANGER = "stranger"  # it comes from no device and no relay of the configuration
    LIMITED = "limited"  # its sender sent too many
    CROWDED = "crowded"  # all together sent too many


@dataclass(slots=True)
class Bucket:
    """A token bucket: so many a second for long, so many at once. Times are seconds of any one clock."""

    rate: float
    most: float
    tokens: float
    at: float

    @classmethod
    def full(cls, shape: tuple[float, float], now: float) -> Bucket:
        """Return one that nothing was taken from yet."""
        return cls(shape[0], shape[1], shape[1], now)

    def take(self, now: float) -> bool:
        """Take one; False: there is none left."""
        self.tokens = min(self.most, self.tokens + self.rate * max(0.0, now - self.at))
        self.at = now
        if self.tokens < 1.0:
            return False
        self.tokens -= 1.0
        return True


@dataclass(slots=True)
class Gate:
    """Lets datagrams through by where they come from and how many came. Senders are IP addresses as text."""

    senders: Mapping[str, tuple[str, ...]]  # asset ids by address
    relays: frozenset[str] = frozenset()
    counts: Counter[str] = field(default_factory=Counter)
    _all: Bucket | None = None
    _each: dict[str, Bucket] = field(default_factory=dict)
    _strangers: OrderedDict[str, Stranger] = field(default_factory=OrderedDict)

    def admit(self, sender: str, now: float, at: float) -> Verdict:
        """Judge a datagram by its sender at ``now`` (any clock) and ``at`` (UTC seconds); count it."""
        verdict = self._judge(sender, now)
        self.counts[verdict] += 1
        if verdict is Verdict.STRANGER:
            self._note_stranger(sender, at)
        return verdict

    def _judge(self, sender: str, now: float) -> Verdict:
        if sender not in self.senders and sender not in self.relays:
            return Verdict.STRANGER
        each = self._each.get(sender)
        if each is None:
            each = self._each[sender] = Bucket.full(EACH, now)
        if not each.take(now):
            return Verdict.LIMITED
        if self._all is None:
            self._all = Bucket.full(ALL, now)
        return Verdict.ADMITTED if self._all.take(now) else Verdict.CROWDED

    def assets(self, sender: str, inside: str) -> tuple[str, ...]:
        """Return the devices that a message is about; ``inside`` is the address that it names itself.

        What a message says of its origin counts where a relay passed it on, and nowhere else.
        """
        if sender in self.relays:
            return self.senders.get(inside, ())
        return self.senders.get(sender, ())

    def move(self, senders: Mapping[str, tuple[str, ...]]) -> None:
        """Take over where devices are now: names lead to other addresses one day."""
        self.senders = senders
        self._each = {
            sender: each for sender, each in self._each.items() if sender in senders or sender in self.relays
        }

    def strangers(self) -> tuple[Stranger, ...]:
        """Return the unknown senders, those that were last heard first."""
        return tuple(reversed(self._strangers.values()))

    def _note_stranger(self, sender: str, at: float) -> None:
        before = self._strangers.pop(sender, None)
        number = before.number + 1 if before is not None else 1
        self._strangers[sender] = Stranger(sender, number, before.first if before is not None else at, at)
        if len(self._strangers) > STRANGERS:
            self._strangers.popitem(last=False)


def word_of(trap: str, profiles: Iterable[SnmpProfile]) -> TrapWord:
    """Return what a trap is called, by the first profile that knows it, else by the standards, else itself.

    ``trap`` is the value of snmpTrapOID. Agents write a trap of theirs with a 0 before its number or without
    it (RFC 3584 3.1 (2) puts it there for v1): both are the same trap.
    """
    other = _other_form(trap)
    maps = [layer.traps for profile in profiles for layer in profile.stack()]
    for words in (*maps, _WELL_KNOWN):
        found = words.get(trap) or words.get(other)
        if found is not None:
            return found
    return TrapWord("")


def _other_form(trap: str) -> str:
    parts = trap.split(".")
    if len(parts) > 2 and parts[-2] == "0":
        return ".".join((*parts[:-2], parts[-1]))
    return ".".join((*parts[:-1], "0", parts[-1]))
