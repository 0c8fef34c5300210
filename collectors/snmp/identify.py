"""Who a device is: by sysObjectID, by words in sysDescr, by what it answers; and what it calls itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from collectors.snmp.cells import Cells, text_of
from collectors.snmp.dialect import SYS_DESCR, SYS_OBJECT_ID, Part, SnmpProfile
from collectors.snmp.engine import oid
from collectors.snmp.engine.value import Oid
from dcim.collect import Match
from dcim.model import Identity

_BY_OBJECT_ID: Final = 100
_BY_DESCR: Final = 60
_BY_PROBE: Final = 40
_GENERIC: Final = 10


@dataclass(frozen=True, slots=True)
class Greeting:
    """What a device says first. ``object_id`` is empty where it gives none."""

    object_id: bytes
    descr: str

    @classmethod
    def of(cls, cells: Cells) -> Greeting:
        """Read it from cells."""
        found = cells.get(SYS_OBJECT_ID)
        descr = cells.get(SYS_DESCR)
        own = found.value if found is not None else b""
        return cls(
            bytes(own) if isinstance(own, Oid) else b"", text_of(descr.value) if descr is not None else ""
        )

    @property
    def dotted(self) -> str:
        """Return sysObjectID as text, ``0.0`` where there is none."""
        return oid.text(self.object_id) if self.object_id else "0.0"

    @property
    def said(self) -> dict[str, str]:
        """Return what it says by name, without what it leaves out."""
        said = {"sysObjectID": oid.text(self.object_id) if self.object_id else "", "sysDescr": self.descr}
        return {name: text for name, text in said.items() if text}


def matches(
    profiles: Iterable[SnmpProfile], greeting: Greeting, answers: Callable[[bytes], bool]
) -> list[Match]:
    """Return the profiles that fit, best first, each with its reason.

    ``answers`` says whether the device has a cell of this name or below it. The longest prefix of
    sysObjectID wins; a generic profile found by its probe alone counts least.
    """
    found = [match for profile in profiles if (match := _match(profile, greeting, answers)) is not None]
    return sorted(found, key=lambda match: (-match.score, match.profile))


def _match(profile: SnmpProfile, greeting: Greeting, answers: Callable[[bytes], bool]) -> Match | None:
    fitting = [prefix for prefix in profile.match if prefix and greeting.object_id.startswith(prefix)]
    if fitting:
        longest = max(fitting, key=len)
        score = _BY_OBJECT_ID + len(oid.parts(longest))
        return Match(profile.name, score, f"sysObjectID {greeting.dotted} begins with {oid.text(longest)}")
    low = greeting.descr.lower()
    word = next((word for word in profile.match_descr if word.lower() in low), None)
    if word is not None:
        return Match(profile.name, _BY_DESCR, f"sysDescr has {word!r}")
    there = next((probe for probe in profile.probe if answers(probe)), None)
    if there is None:
        return None
    return Match(profile.name, _GENERIC if profile.generic else _BY_PROBE, f"it answers {oid.text(there)}")


def chosen(found: Sequence[Match], generic: frozenset[str]) -> tuple[str, ...]:
    """Return the profiles to use: the best one of the device's own, else every generic one that fits."""
    if not found:
        return ()
    if found[0].profile not in generic:
        return (found[0].profile,)
    return tuple(match.profile for match in found)


def identity_of(profiles: Sequence[SnmpProfile], cells: Cells) -> Identity:
    """Return what a device calls itself; the first profile that knows a field wins."""
    if not profiles:
        return Identity()
    found = {
        name: next(filter(None, (_part(part, cells) for one in profiles for part in one.identity[name])), "")
        for name in ("vendor", "model", "serial", "firmware")
    }
    return Identity(
        kind=profiles[0].kind,
        vendor=found["vendor"] or profiles[0].vendor,
        model=found["model"],
        serial=found["serial"],
        firmware=found["firmware"],
    )


def _part(part: Part, cells: Cells) -> str:
    cell = cells.get(part.oid)
    text = text_of(cell.value) if cell is not None else ""
    if part.pattern is None:
        return text
    match = part.pattern.search(text)
    return (match.group(1) or "").strip() if match else ""
