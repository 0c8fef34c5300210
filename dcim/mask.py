"""Placeholders for what tells whose device it is: names, serial numbers, addresses. Pure.

    AS1638E01463  ->  AA0000A00001     letters and digits stay what they are, so a decoder sees the same shape
    10.20.30.40   ->  192.0.2.1        RFC 5737: addresses that nobody has
    fe80::2c0:..  ->  2001:db8::1      RFC 3849: the same of IPv6
    00:c0:b7:..   ->  02:00:00:00:00:01

The same original has the same placeholder throughout a recording; the first one met is number 1, so that
nothing of the original is in it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from ipaddress import IPv6Address
from typing import Final, TypeAlias

_Make: TypeAlias = Callable[[int], str]
_LEAST: Final = 4  # characters of a hidden text: shorter ones stand everywhere
_ADDRESS: Final = re.compile(r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])")
_PAIR: Final = "[0-9A-Fa-f]{2}"
_MAC: Final = re.compile(rf"(?<![0-9A-Fa-f:-]){_PAIR}([:-])(?:{_PAIR}\1){{4}}{_PAIR}(?![0-9A-Fa-f:-])")
_ADDRESS_6: Final = re.compile(
    r"(?<![\w:.])(?=[0-9A-Fa-f.]{0,15}:)[0-9A-Fa-f:.]{3,45}(?:%\w{1,15})?(?![\w:])"
)
_MAIL: Final = re.compile(r"[\w.+-]+@[\w-]{2,}(?:\.[\w-]+)*")
_TOPS: Final = "local|lan|internal|corp|com|net|org|edu|gov|[a-z]{2}"
_HOST: Final = re.compile(rf"\b[A-Za-z0-9](?:[\w-]*\.)+(?:{_TOPS})\b")
_CALLED: Final = r"(?:\bs/?n|\bserial(?:[ _-]?(?:number|no|nr))?)"
_SERIAL: Final = re.compile(rf"(?i){_CALLED}\.?\s*[:#=]?\s*([A-Z0-9-]*\d[A-Z0-9-]{{3,}})")
_NOBODYS: Final = re.compile(
    r"0\.0\.0\.0|127\.\d+\.\d+\.\d+|255\.\d+\.\d+\.\d+|1\.1\.1\.1|1\.0\.0\.1|8\.8\.[48]\.[48]|9\.9\.9\.9"
)
"""Of the machine itself, masks, and public resolvers: those of small numbers stand in OIDs all the time."""
_UNITS: Final = (
    "% ?(?:RH|rF)?|RH ?%?|[CFKVAWhs]|[°º][CFK]?|deg(?:rees?)? ?[CFK]?|Celsius|Fahrenheit|Kelvin|percent"
    "|[mk]?(?:A|V|W|Wh|VA|VAh|var|varh|Pa|bar|Hz|g|s|m|l)|M(?:W|Wh|VA)|hPa|Hz|psi|Ah"
    "|V ?[AD]C|V(?:rms)?|A ?[AD]C|volts?|amps?|amperes?|watts?"
    "|days?|hours?|hrs?|minutes?|mins?|seconds?|secs?|rpm|ppm|lux|l/(?:s|min|h)|m/s|m3/h|cfm|gpm|°? ?dp"
)
_VALUE: Final = re.compile(
    rf"(?i)[-+]?\d{{1,5}}(?:[.,]\d{{1,4}})? ?(?:{_UNITS})?|(?:{_UNITS})"
    r"|v?\d{1,4}(?:\.\d{1,4}){1,3}[a-z]?"
)
_WORDS: Final = re.compile(
    "(?i)active|alarm|auto|charging|closed|critical|disabled|down|enabled|error|failed|false|fault|high"
    "|idle|inactive|local|locked|low|manual|none|normal|offline|online|open|other|remote"
    "|running|standby|stopped|true|unknown|unlocked|warning|n/a"
)
_ROOM: Final = 254
_TRIED: Final = 1000
"""Numbers tried for a placeholder that is still free."""


class Mask:
    """Replaces originals by placeholders, the same for the same one. One a recording."""

    def __init__(self, hidden: Iterable[str] = ()) -> None:
        self._known: dict[tuple[str, str], str] = {}
        self._hidden: dict[str, str] = {}
        self._made: set[str] = set()
        for text in hidden:
            self.hide(text)

    def stand_in(self, text: str) -> str:
        """Return a text of the same shape instead of a whole text; elsewhere the original stays."""
        plain = text.strip()
        return text.replace(plain, self._shaped(plain)) if len(plain) >= _LEAST else text

    def hide(self, text: str) -> str:
        """Return the placeholder of a text, which is replaced wherever it stands from now on."""
        plain = text.strip()
        if not plain:
            return text
        made = self._shaped(plain)
        if len(plain) >= _LEAST:
            self._hidden[plain] = made
        return text.replace(plain, made)

    def learn(self, text: str) -> None:
        """Hide what calls itself a serial number in a text, from now on wherever it stands."""
        for serial in _SERIAL.findall(text):
            self.hide(serial)

    def known(self) -> Iterator[tuple[str, str, str]]:
        """Yield what has a placeholder: its sort (text, address, mac ...), the original, the placeholder."""
        for (sort, original), made in tuple(self._known.items()):
            yield sort, original, made

    def text(self, text: str) -> str:
        """Return a text without hidden texts, addresses, mail, host names and what calls itself a serial."""
        self.learn(text)
        for plain in sorted(self._hidden, key=len, reverse=True):
            text = text.replace(plain, self._hidden[plain])
        text = _MAIL.sub(lambda found: self._of("mail", found[0], lambda n: f"x{n}@example.net"), text)
        text = _MAC.sub(lambda found: found[1].join(self._mac_text(found[0].replace(found[1], ""))), text)
        text = _ADDRESS_6.sub(self._address_6, text)
        text = _ADDRESS.sub(lambda found: self.address(found[0]), text)
        return _HOST.sub(self._host, text)

    def address(self, dotted: str) -> str:
        """Return the placeholder of an IPv4 address; those that are everybody's stay."""
        if _NOBODYS.fullmatch(dotted) or any(int(part) > 255 for part in dotted.split(".")):
            return dotted
        return self._of("address", dotted, lambda number: f"192.0.2.{(number - 1) % _ROOM + 1}")

    def _address_6(self, found: re.Match[str]) -> str:
        plain, _, zone = found[0].partition("%")
        try:
            raw = IPv6Address(plain).packed
        except ValueError:
            return found[0]
        return str(IPv6Address(self.address_6(raw))) + (f"%{zone}" if zone else "")

    def address_6(self, raw: bytes) -> bytes:
        """Return the placeholder of an IPv6 address in 16 octets; ``::`` and ``::1`` stay."""
        if not any(raw[:-1]) and raw[-1] <= 1:
            return raw
        made = self._of("address 6", raw.hex(), lambda number: f"20010db8{number:024x}")
        return bytes.fromhex(made)

    def mac(self, raw: bytes) -> bytes:
        """Return the placeholder of a hardware address; one of zeros or ones is nobody's."""
        if raw in {b"\0" * 6, b"\xff" * 6}:
            return raw
        return bytes.fromhex(self._of("mac", raw.hex(), lambda number: f"02{number:010x}"))

    def _mac_text(self, digits: str) -> list[str]:
        made = self.mac(bytes.fromhex(digits)).hex()
        made = made.upper() if digits.isupper() else made
        return [made[at : at + 2] for at in range(0, 12, 2)]

    def _host(self, found: re.Match[str]) -> str:
        text = found[0]
        if not any(char.isalpha() for char in text.split(".")[0]) or text.endswith("example.net"):
            return text  # 6.5.0.ab is a version
        return self._of("host", text, lambda number: f"host{number}.example.net")

    def _shaped(self, plain: str) -> str:
        """Return a placeholder of its shape that no other text has: rows that had two names keep two."""
        if ("text", plain) not in self._known:
            first = 1 + sum(kind == "text" for kind, _ in self._known)
            tried = (shaped(plain, number) for number in range(first, first + _TRIED))
            made = next(
                (one for one in tried if one != plain and one not in self._made),
                f"{shaped(plain, first)}-{first}",
            )
            self._made.add(made)
            self._known["text", plain] = made
        return self._known["text", plain]

    def _of(self, sort: str, original: str, make: _Make) -> str:
        if (sort, original) not in self._known:
            number = 1 + sum(kind == sort for kind, _ in self._known)
            self._known[sort, original] = make(number)
        return self._known[sort, original]


def says_nothing(text: str) -> bool:
    """Whether a text says nothing of anybody: a measured value, a version, a word that devices say."""
    return bool(_VALUE.fullmatch(text) or _WORDS.fullmatch(text))


def shaped(text: str, number: int) -> str:
    """Return a text of the same shape that holds a number: letters are A or a, digits 0, then the number."""
    made = [
        "0" if char.isdigit() else "A" if char.isupper() else "a" if char.isalpha() else char for char in text
    ]
    at = [place for place, char in enumerate(text) if char.isdigit()]
    if not at:
        return _lettered(made, number)
    for place, digit in zip(reversed(at), reversed(str(number)), strict=False):
        made[place] = digit
    return "".join(made)


def _lettered(made: list[str], number: int) -> str:
    """Return a text without digits as one that counts in letters: aaab is number 1."""
    for place in range(len(made) - 1, -1, -1):
        if made[place] in {"A", "a"}:
            made[place] = chr(ord(made[place]) + number % 26)
            number //= 26
    return "".join(made)
