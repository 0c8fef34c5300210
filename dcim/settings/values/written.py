"""Small values as people write them in a config file: times, addresses, time zones, names."""

from __future__ import annotations

import re
import unicodedata
from ipaddress import IPv6Address
from typing import Annotated, Final, TypeAlias
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_core import PydanticCustomError

from dcim.catalogue import UNITS
from dcim.graph import Rating
from dcim.model import Address, Kind
from dcim.yaml import FORM, Without, found, nearest
from dcim.yaml.length import seconds as seconds

_AMOUNT: Final = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,6})?) ?([A-Za-z]{1,4})")
_RATED: Final = ("amperes", "watts", "voltamperes")
_HOST: Final = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(?:\.[A-Za-z0-9_-]{1,63})*\.?")
_BASE: Final = re.compile(
    r"https?://(\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9_.-]{1,254})(?::([0-9]{1,5}))?((?:/[A-Za-z0-9_.~-]+)*/?)"
)
_NUMERIC: Final = re.compile(r"[0-9.]+")
_IPV4: Final = re.compile(r"(?:(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])(?:\.(?!$)|$)){4}")
_PORTS: Final = range(65536)
_COPIES: Final = ("posix/", "right/", "posixrules")
"""What ``zoneinfo.available_timezones`` leaves out as well."""
_BREAKS: Final = frozenset({"Cc", "Zl", "Zp"})
_TURNS: Final = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Bidi_Control of Unicode (UAX #9): what makes a text show in another order than it is written."""


Seconds: TypeAlias = Annotated[float, BeforeValidator(seconds)]


def _is_host(host: str) -> bool:
    return bool((_IPV4 if _NUMERIC.fullmatch(host) else _HOST).fullmatch(host)) and len(host) <= 253


def _is_ipv6(host: str) -> bool:
    try:
        IPv6Address(host)
    except ValueError:
        return False
    return True


def endpoint(written: object) -> Address:
    """Return ``host:port`` or ``[v6]:port`` as an address; raise ValueError for anything else."""
    if isinstance(written, Address):
        return written
    text = written if isinstance(written, str) else ""
    host, colon, port = text.rpartition(":")
    bracketed = host.startswith("[") and host.endswith("]")
    good = _is_ipv6(host[1:-1]) if bracketed else _is_host(host)
    if good and colon and re.fullmatch(r"[0-9]{1,5}", port) and int(port) in _PORTS:
        return Address(host[1:-1] if bracketed else host, int(port))
    msg = f"expected host:port or [IPv6]:port, found {found(written)}"
    raise ValueError(msg)


def host_name(written: object) -> str:
    """Return the name or the address of a machine, without a port; raise ValueError for anything else."""
    if isinstance(written, str) and (_is_host(written) or _is_ipv6(written)):
        return written
    msg = f"expected a host name or an address without a port, found {found(written)}"
    raise ValueError(msg)


def base_url(written: object) -> str:
    """Return an address such as ``https://dcim.example.net`` without a slash at its end; raise ValueError.

    It stands in messages, so nothing in it may mean anything but a place: no user, no query, no fragment.
    """
    form = _BASE.fullmatch(written) if isinstance(written, str) else None
    host = form[1] if form else ""
    good = _is_ipv6(host[1:-1]) if host.startswith("[") else _is_host(host)
    if form is None or not good or int(form[2] or 1) not in range(1, 65536):
        msg = f"expected an address such as https://dcim.example.net, found {found(written)}"
        raise ValueError(msg)
    return form[0].rstrip("/")


def rating(written: object) -> Rating:
    """Return what a part can carry: ``32 A`` (of a phase), ``20 kVA``, ``19 kW``, or a list of these."""
    values: dict[str, float] = {}
    for one in written if isinstance(written, list) else [written]:
        form = _AMOUNT.fullmatch(one) if isinstance(one, str) else None
        unit = UNITS.get(form[2]) if form else None
        if form is None or unit is None or unit.base not in _RATED or unit.base in values:
            msg = f"expected a rating such as 32 A, 20 kVA or [20 kVA, 19 kW], found {found(one)}"
            raise ValueError(msg)
        values[unit.base] = unit.to_base(float(form[1]))
    if not values or min(values.values()) <= 0:
        msg = "a rating is above 0"
        raise ValueError(msg)
    return Rating(values.get("amperes"), values.get("watts"), values.get("voltamperes"))


def device_address(written: object) -> Address:
    """Return where a device is: a host, perhaps with a port above 0, or the path of a serial line.

    A port that is not said is 0 here, and that of the collector's protocol later.
    """
    if isinstance(written, Address):
        return written
    text = written if isinstance(written, str) else ""
    if re.fullmatch(r"/[^\0\s]+", text) or _is_host(text):
        return Address(text)
    if text.startswith("[") and text.endswith("]") and _is_ipv6(text[1:-1]):
        return Address(text[1:-1])
    try:
        address = endpoint(text)
    except ValueError:
        address = Address("")
    if address.port:
        return address
    msg = f"expected host, host:port, [IPv6]:port or the path of a serial line, found {found(written)}"
    raise ValueError(msg)


def line(written: str) -> str:
    """Return a text that people see if it is one line and shows in the order in which it is written."""
    if written.isprintable():  # then none is in it: most texts are known by that, in C
        return written
    for char in written:
        if char in _TURNS or unicodedata.category(char) in _BREAKS:
            kind = (
                "turns the direction of the text"
                if char in _TURNS
                else "is a control character or a line end"
            )
            msg = f"people see this text: U+{ord(char):04X} in it {kind}"
            raise ValueError(msg)
    return written


def fits(pattern: str, expected: str) -> AfterValidator:
    """Return a check of a text against a pattern that tells people in words what is ``expected``."""
    form = re.compile(pattern)

    def checked(written: str) -> str:
        if not form.fullmatch(written):
            raise PydanticCustomError(FORM, "expected {expected}", {"expected": expected})
        return written

    return AfterValidator(checked)


def zone(written: str) -> str:
    """Return the name of a time zone that exists here."""
    if not _is_zone(written):
        # all names are told where one is wrong: finding them opens every file of the database (25 ms)
        msg = f"no time zone {found(written)}{nearest(written, available_timezones())}"
        raise ValueError(msg)
    return written


def _is_zone(written: str) -> bool:
    """Say whether the database has a zone of this name; its second copies of all zones are none."""
    if written.startswith(_COPIES):
        return False
    try:
        ZoneInfo(written)
    except (KeyError, ValueError, OSError):  # no such file, no name of one, a folder or no file of zones
        return False
    return True


Endpoint: TypeAlias = Annotated[Address, BeforeValidator(endpoint)]
HostName: TypeAlias = Annotated[str, BeforeValidator(host_name)]
BaseUrl: TypeAlias = Annotated[str, BeforeValidator(base_url)]
DeviceAddress: TypeAlias = Annotated[Address, BeforeValidator(device_address)]
Line: TypeAlias = Annotated[str, AfterValidator(line)]
TimeZone: TypeAlias = Annotated[str, AfterValidator(zone)]
Id: TypeAlias = Annotated[
    str,
    fits(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,62}", "a letter or digit, then letters, digits, _ . or -; 63 at most"),
]
"""What a thing is called for ever: letters, digits, and ``_ . -`` inside."""

LabelName: TypeAlias = Annotated[
    str, fits(r"[a-z][a-z0-9_]*", "a small letter, then small letters, digits or _")
]

DeviceKind: TypeAlias = Annotated[Kind, Without(Kind.SERVICE)]
Rated: TypeAlias = Annotated[Rating, BeforeValidator(rating)]

ServiceId: TypeAlias = Annotated[
    str,
    Field(max_length=200),
    fits(
        r"(?:power|cooling|tenant)/\S(?:.*\S)?|[A-Za-z0-9][A-Za-z0-9_.-]{0,62}",
        "a name of its own as a device has, or power/RACK, cooling/ROOM or tenant/TENANT",
    ),
]
"""What a service is called for ever: a name of its own, or the one that the topology gives it."""
