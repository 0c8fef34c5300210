"""What pysnmp would do again and again is done once: lists of names are decoded once, values encoded once.

    question ──▶ pyasn1, but for its list of names ──▶ ``Names``: decoded by pyasn1 when its octets are new
    answer   ◀── pyasn1, but for its varbinds     ◀── ``Bound``: encoded by pyasn1 when its value is new

A poller asks the same names at every beat, and most of what a device says has not moved since. Of the time
that an answer of 60 varbinds takes, nine tenths went into that. Message, security, PDU and every octet that
is sent are still pysnmp's and pyasn1's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, Final

from pyasn1.codec.ber import decoder, encoder
from pyasn1.type import namedtype, univ
from pysnmp.proto import rfc1901, rfc1905
from pysnmp.proto.mpmod.rfc2576 import SnmpV2cMessageProcessingModel
from pysnmp.proto.mpmod.rfc3412 import ScopedPDU, ScopedPduData, SNMPv3Message, SnmpV3MessageProcessingModel

_QUESTIONS: Final = (rfc1905.GetRequestPDU, rfc1905.GetNextRequestPDU, rfc1905.GetBulkRequestPDU)


class Bound:
    """A name and a value as pysnmp takes them, and the octets of both together."""

    __slots__ = ("_named", "name", "octets", "value")

    def __init__(self, name: Any, value: Any, named: bytes = b"") -> None:
        self.name = name
        self.value = value
        self._named = named or encoder.encode(name)
        self.octets: bytes = encoder.encode(_Sealed(self._named + encoder.encode(value)))

    def now(self, value: Any) -> Bound:
        """Return the same name with another value."""
        return Bound(self.name, value, self._named)

    def __iter__(self) -> Iterator[Any]:
        """Yield name and value: a pair, for pysnmp."""
        yield self.name
        yield self.value


def sealed(binds: Sequence[Bound]) -> Any:
    """Return the list of these as pyasn1 sends it."""
    return _Sealed(b"".join([bind.octets for bind in binds]))


class _Sealed(univ.Any):  # type: ignore[misc]  # pyasn1 has no types
    """The octets of a SEQUENCE, which pyasn1 puts its head before."""

    tagSet = univ.Sequence.tagSet


class _Asked:
    """A varbind of a question, in the two ways in which pysnmp looks into it."""

    __slots__ = ("_name", "_value")

    def __init__(self, name: Any, value: Any) -> None:
        self._name = name
        self._value = value

    def __getitem__(self, at: int) -> Any:
        return self if at else self._name

    def getComponent(self, _innermost: int) -> Any:  # pyasn1's name
        """Return the value."""
        return self._value


class Names(univ.Any):  # type: ignore[misc]  # pyasn1 has no types
    """The list of varbinds of a question. Raise PyAsn1Error if its octets are none."""

    tagSet = univ.Sequence.tagSet

    def __init__(self, value: Any = univ.noValue, **more: Any) -> None:
        super().__init__(value, **more)
        if value is not univ.noValue:
            _decoded(bytes(value))

    def __iter__(self) -> Iterator[_Asked]:
        """Yield what was asked."""
        return iter(_decoded(bytes(self)))


@lru_cache(maxsize=1024)
def _decoded(octets: bytes) -> tuple[_Asked, ...]:
    """Return the varbinds in these octets, which stand for nothing but themselves."""
    binds, _ = decoder.decode(encoder.encode(_Sealed(octets)), asn1Spec=rfc1905.VarBindList())
    return tuple(_Asked(bind[0], bind[1].getComponent(1)) for bind in binds)


def _with_names(kind: Any) -> Any:
    """Return a PDU of pysnmp whose list of varbinds is ``Names``."""
    first = [kind.componentType[at] for at in range(3)]
    names = namedtype.NamedType("variable-bindings", Names())
    return type(kind.__name__, (kind,), {"componentType": namedtype.NamedTypes(*first, names)})()


class _PDUs(univ.Choice):  # type: ignore[misc]  # pyasn1 has no types
    componentType = namedtype.NamedTypes(
        *(
            namedtype.NamedType(
                one.name,
                _with_names(type(one.asn1Object))
                if isinstance(one.asn1Object, _QUESTIONS)
                else one.asn1Object,
            )
            for one in (rfc1905.PDUs.componentType[at] for at in range(len(rfc1905.PDUs.componentType)))
        )
    )


def _replaced(kind: Any, at: int, part: Any) -> Any:
    """Return the components of a type of pysnmp with another one in one place."""
    parts = [kind.componentType[index] for index in range(len(kind.componentType))]
    parts[at] = namedtype.NamedType(parts[at].name, part)
    return namedtype.NamedTypes(*parts)


class _Message(rfc1901.Message):  # type: ignore[misc]  # pysnmp has no types
    componentType = _replaced(rfc1901.Message, 2, _PDUs())


class _Scoped(ScopedPDU):  # type: ignore[misc]  # pysnmp has no types
    componentType = _replaced(ScopedPDU, 2, _PDUs())


class _ScopedData(ScopedPduData):  # type: ignore[misc]  # pysnmp has no types
    componentType = _replaced(ScopedPduData, 0, _Scoped())


class _MessageV3(SNMPv3Message):  # type: ignore[misc]  # pysnmp has no types
    componentType = _replaced(SNMPv3Message, 3, _ScopedData())


class CommunityMessages(SnmpV2cMessageProcessingModel):  # type: ignore[misc]  # pysnmp has no types
    """Messages of SNMPv2c."""

    SNMP_MSG_SPEC = _Message


class UserMessages(SnmpV3MessageProcessingModel):  # type: ignore[misc]  # pysnmp has no types
    """Messages of SNMPv3."""

    SNMP_MSG_SPEC = _MessageV3


class AnswersOnce:
    """For a responder of pysnmp, before its class: the answers of its MIB are ``Bound``."""

    _bound: Sequence[Bound] | None = None

    def send_varbinds(self, engine: Any, reference: Any, status: Any, index: Any, binds: Any) -> None:
        """Send what the MIB has found, or an error with what was asked."""
        community_v1 = _asked_in_v1(engine)
        ready = not (community_v1 or status) and all(isinstance(bind, Bound) for bind in binds)
        self._bound = binds if ready else None
        pairs = () if ready else [tuple(bind) for bind in binds]
        super().send_varbinds(engine, reference, status, index, pairs)  # type: ignore[misc]  # pysnmp's

    def send_pdu(self, engine: Any, reference: Any, answer: Any) -> None:
        """Send an answer, its list of varbinds as it stands ready."""
        bound, self._bound = self._bound, None
        if bound is not None:
            answer.setComponentByPosition(
                3, sealed(bound), verifyConstraints=False, matchTags=False, matchConstraints=False
            )
        super().send_pdu(engine, reference, answer)  # type: ignore[misc]  # pysnmp's


def _asked_in_v1(engine: Any) -> bool:
    asked = engine.observer.get_execution_context("rfc3412.receiveMessage:request")
    return int(asked["messageProcessingModel"]) == 0
