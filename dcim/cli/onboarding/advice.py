"""What a person who was not answered can look at: by what the errors tell, else by what silence may mean."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from dcim.cli.onboarding.attempts import Outcome
from dcim.model import NoAnswer, PollError, Sign

_BY_SIGN: Final[Mapping[Sign, tuple[str, ...]]] = {
    Sign.NO_HOST: (
        "Nothing was asked: the name has no address. Look at",
        "the name as it was typed; an address is taken too",
        "the name server that this machine asks: does 'getent hosts NAME' find it?",
    ),
    Sign.NO_WAY: (
        "A Modbus gateway answers, and says that it has no way to this unit. Look at",
        "the unit: --unit; a gateway sends each range of units to another of its ports, and the rest nowhere",
        "the gateway's setup: the port behind it is off, or set to another protocol",
        "the gateway itself: for values of its own it has a unit too, often 255, 247 or 1",
    ),
    Sign.NOT_BEHIND: (
        "A Modbus gateway answers, and says that the unit behind it does not. Look at",
        "the unit: --unit must be the address that is set at the device",
        "the serial line: speed, parity and stop bits of the gateway's port must be those of the device",
        "the wires: A and B swapped, no termination, the device without power",
        "the gateway's own timeout: a slow device needs more of it",
    ),
    Sign.HUNG_UP: (
        "Somebody listens there, and ends the connection instead of answering. That may be because",
        "its list of allowed clients lacks this machine",
        "all its connections are taken: most devices allow one to four, and another master holds them",
        "it is another service: HOST:PORT, Modbus is mostly at port 502",
        "it passes RTU frames and drops others: --framing rtu_over_tcp",
    ),
    Sign.CANNOT: (
        "It answers every question with a failure. That may be because",
        "the card speaks for a device that does not answer it: look at the cable between them",
        "the unit is another one: --unit",
        "it has other registers and says so in this way: --profile NAME asks those of that family alone",
    ),
    Sign.SLOW: (
        "Its first answer came, and not all of the others in time. That may be because",
        "its card is slow: give it more seconds for one question, --timeout 5",
        "it drops questions that it does not know: --profile NAME asks those of that family alone",
        "the way to it loses packets: ask again",
    ),
    Sign.BUSY: (
        "It is there and says that it has no time. That may be because",
        "it is starting, or another master asks it without a pause: ask again",
        "it bears fewer questions: once it is configured, pause and interval say how many",
    ),
    Sign.OTHER_PROTOCOL: (
        "What listens there answers in another protocol. Look at",
        "the port: HOST:PORT; Modbus is mostly at 502, what is at 80, 443 or 22 is none",
        "the line: --framing rtu_over_tcp for a gateway that passes RTU frames",
    ),
    Sign.OTHER_ANSWER: (
        "It speaks Modbus, and answers what was not asked. That may be because",
        "another unit answers: --unit, by the number in the answer",
        "a gateway mixes up the answers of several masters: ask again while no other asks",
    ),
    Sign.NO_FRAME: (
        "Bytes came that are no whole answer. Look at",
        "the framing: a gateway passes RTU frames with --framing rtu_over_tcp, and Modbus TCP without",
        "the serial line: speed, parity and stop bits of the gateway's port must be those of the device",
        "the gateway's packing: it must not cut an answer in two",
    ),
}


def told(outcomes: Sequence[Outcome], address: str, *, user: str | None) -> Iterator[str]:
    """Yield what became of every way, then what to look at: what errors tell before what silence may mean."""
    for one in outcomes:
        yield f"{address}: {one.how}: {became(one)}"
    signs = dict.fromkeys(one.failure.sign for one in outcomes if one.failure.sign is not None)
    for sign in signs:
        head, *causes = _BY_SIGN[sign]
        yield head
        yield from (f"  - {cause}" for cause in causes)
    if outcomes and not signs and all(isinstance(one.failure, NoAnswer) for one in outcomes):
        first = outcomes[0]
        yield from silence(first.failure, "modbus" if first.how.startswith("Modbus") else "snmp", user=user)


def became(one: Outcome) -> str:
    """Return what became of a way that was not answered, with the reason unless the error says more."""
    if isinstance(one.failure, NoAnswer) and one.failure.sign is Sign.SLOW:
        return str(one.failure)
    return f"{one.failure.reason.replace('_', ' ')}: {one.failure}"


def silence(why: PollError, protocol: str, *, user: str | None) -> Iterator[str]:
    """Yield what silence may mean, the likeliest first: it looks the same from here whatever it is."""
    if not isinstance(why, NoAnswer):
        return
    yield "Nothing came back. That may be because"
    if protocol == "modbus":
        yield "  - nobody listens there, or all its connections are taken: most devices allow one to four"
        yield "  - the unit is another one: give --unit; behind a gateway units count from 1"
        yield "  - the line is another one: --framing rtu_over_tcp for a gateway that passes RTU frames"
    elif user is None:
        yield "  - the community is wrong: an agent says nothing to one that it does not know (--community)"
        yield "  - the device speaks SNMPv3 only (--user, --auth, --auth-key, ...) or v1 only (--v1)"
        yield "  - SNMP is switched off in the device, or its list of managers lacks this machine"
    else:
        yield "  - the device speaks no SNMPv3, or SNMP is switched off in it: try --community"
        yield "  - its list of managers lacks this machine"
    yield "  - a firewall on the way drops the questions or the answers"
    yield "  - there is no such device: does it answer ping?"
