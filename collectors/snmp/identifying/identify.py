"""Who a device is: by sysObjectID, by patterns in sysDescr, by what it answers.

Every profile that fits gets a mark, made of what speaks for it, so that the choice is always the same and can
be told:

    sysObjectID begins with a prefix    100, and 10 for each number of the prefix: the longest wins
    sysDescr has a pattern               60
    it answers a probe                   40
    it answers below the root            30, where nothing else fits, and of one profile only
    a standard that it answers           10, or 5 for one that never stands beside a family of its own
    it says so, and answers nothing      a tenth of the above, where nothing else fits
    and on top: sysDescr fits too 5, a need holds by what it says 3 or by being there 2, something lacks 1

A profile whose ``needs`` do not hold, or that finds what it ``lacks``, does not fit: it stands at the end
with mark 0 and the reason. Pure: what a device must be asked is said by ``Recognition``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from collectors.snmp.answers.cells import Cells, code_of, text_of, told
from collectors.snmp.dialect import patterns
from collectors.snmp.dialect.profile import SYS_DESCR, SYS_OBJECT_ID, Evidence, SnmpProfile
from collectors.snmp.engine import oid
from collectors.snmp.engine.value import Oid
from collectors.snmp.identifying.choice import beside, chosen, inherits, is_family, is_silent
from collectors.snmp.identifying.identity import AGENTS
from dcim.collect import Match
from dcim.record import dataclass, field

_BY_OBJECT_ID: Final = 100
_A_NUMBER: Final = 10
_BY_DESCR: Final = 60
_BY_PROBE: Final = 40
_BY_NEED: Final = 35
_BY_ROOT: Final = 20
_MAKER: Final = 7  # numbers of a sysObjectID that tell whose it is
_NARROWEST: Final = 9  # numbers by which a narrow tree counts more than a wide one
_LEAST_ROOT: Final = 8  # numbers of a root that tells a family: more than whose number it is
_GENERIC: Final = 10
_ALONE: Final = 5
_ENTERPRISES: Final = oid.encode("1.3.6.1.4.1")


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
    def tells_no_maker(self) -> bool:
        """Whether its number is that of an agent that runs in the devices of many, or none."""
        return not self.object_id or self.object_id.startswith(AGENTS)

    @property
    def said(self) -> dict[str, str]:
        """Return what it says by name, without what it leaves out."""
        said = {"sysObjectID": oid.text(self.object_id) if self.object_id else "", "sysDescr": self.descr}
        return {name: text for name, text in said.items() if text}


@dataclass(frozen=True, slots=True)
class _Way:
    """One thing that speaks for a profile."""

    mark: int
    reason: str


@dataclass(slots=True)
class Recognition:
    """Recognises a device from what it answered so far, in ``cells``. ``asked`` is all that it was asked."""

    profiles: Sequence[SnmpProfile]
    greeting: Greeting
    cells: Cells
    asked: set[bytes] = field(default_factory=set)

    def questions(self) -> list[bytes]:
        """Return the instances and columns to ask for next; empty when everything is known that counts."""
        for stage in (self._greeted, self._strangers, self._inherited):
            fresh = [name for name in dict.fromkeys(stage()) if name not in self.asked]
            if fresh:
                self.asked.update(fresh)
                return fresh
        return []

    def matches(self) -> list[Match]:
        """Return the profiles that fit, best first, each with its reason; then those that nearly did."""
        return matches(self.profiles, self.greeting, self.cells)

    @property
    def is_of_a_family(self) -> bool:
        """Whether a family of its own fits the device, beside standards and parts."""
        return any(_is_own(self.profiles, match) for match in self.matches())

    def chosen(self) -> tuple[str, ...]:
        """Return the profiles to read the device with."""
        found = self.matches()
        known = {profile.name: profile for profile in self.profiles}
        others = beside(found, known, self.cells) if self.greeting.tells_no_maker else ()
        return chosen(found, known, self.cells, others)

    def _greeted(self) -> Iterator[bytes]:
        """Yield what decides about the profiles that the greeting speaks for, and about parts."""
        for profile in self.profiles:
            greeted = _greeted(profile, self.greeting) is not None
            if profile.part and not greeted:
                yield from profile.probe
            if greeted or profile.part:
                yield from _evidence(profile)
            if greeted and is_family(profile):
                yield from profile.roots

    def _strangers(self) -> Iterator[bytes]:
        """Yield what decides about all profiles where none of the device's own fits by the greeting."""
        if not any(match.score >= _BY_PROBE and _is_own(self.profiles, match) for match in self.matches()):
            for profile in self.profiles:
                yield from profile.probe
                yield from _evidence(profile)
            yield from telling_roots(self.profiles)

    def _inherited(self) -> Iterator[bytes]:
        """Yield what decides about the standards that the chosen profile inherits from, or gives way to."""
        own = next((match for match in self.matches() if _is_own(self.profiles, match)), None)
        main = next((one for one in self.profiles if own is not None and one.name == own.profile), None)
        silent = main is not None and is_silent(main, self.cells)
        for profile in self.profiles:
            if main is not None and (inherits(main, profile) or (silent and profile.generic)):
                yield from profile.probe
                yield from _evidence(profile)


def matches(profiles: Iterable[SnmpProfile], greeting: Greeting, cells: Cells) -> list[Match]:
    """Return the profiles that fit, best first, each with its reason.

    ``cells`` are what the device has, as far as known. At the end stand those that would fit but for what
    they need or lack, with score 0; alone they are nothing.
    """
    several = list(profiles)
    found = [match for profile in several if (match := _match(profile, greeting, cells)) is not None]
    if not any(_is_own(several, match) for match in found):
        judged = {match.profile for match in found}
        found += (match for match in _by_tree(several, cells) if match.profile not in judged)
    if not any(match.score for match in found):
        silent = {match.profile: match for match in _by_name_alone(several, greeting, cells)}
        found = [silent.get(match.profile, match) for match in found]
    if not any(match.score for match in found):
        return []
    return sorted(found, key=lambda match: (-match.score, match.profile))


def telling_roots(profiles: Sequence[SnmpProfile]) -> dict[bytes, SnmpProfile]:
    """Return the roots at and below which one family stands and nothing else, and the family."""
    roots = {root: one for one in profiles if is_family(one) for root in one.roots}
    every = sorted((root, one.name) for one in profiles for root in one.roots)
    shared: set[bytes] = set()
    for at, (root, name) in enumerate(every):
        for other, owner in every[at + 1 :]:
            if not other.startswith(root):
                break
            shared |= {root} if owner != name else set()
    return {
        root: one for root, one in roots.items() if root not in shared and len(oid.parts(root)) >= _LEAST_ROOT
    }


def telling_needs(profiles: Sequence[SnmpProfile]) -> dict[bytes, SnmpProfile]:
    """Return what one family needs the device to answer and no other does, and the family."""
    own = [one for one in profiles if is_family(one) and not one.relative]
    needs = [(need.oid, one) for one in own for need in one.needs if need.there and need.codes is None]
    count = Counter(name for name, _ in needs)
    return {name: one for name, one in needs if count[name] == 1 and name.startswith(_ENTERPRISES)}


def _by_tree(profiles: Sequence[SnmpProfile], cells: Cells) -> Iterator[Match]:
    """Yield the families of which the device answers what no other has, where nothing else speaks for any.

    What a family needs tells more than something below its root; a narrow root more than a wide one.
    """
    found: dict[str, Match] = {}
    for name, profile in telling_needs(profiles).items():
        if profile.name not in found and told(cells, name) is not None:
            found[profile.name] = _judged(profile, _Way(_BY_NEED, f"it answers {oid.text(name)}"), cells)
    for root, profile in telling_roots(profiles).items():
        if profile.name not in found and told(cells, root) is not None:
            mark = _BY_ROOT + min(len(oid.parts(root)) - _LEAST_ROOT, _NARROWEST)
            found[profile.name] = _judged(profile, _Way(mark, f"it answers below {oid.text(root)}"), cells)
    yield from found.values()


def _by_name_alone(profiles: Iterable[SnmpProfile], greeting: Greeting, cells: Cells) -> Iterator[Match]:
    """Yield the profiles that only lack an answer to what they need: the device says its name and no more."""
    if greeting.object_id.startswith(AGENTS):
        return
    for profile in profiles:
        way = _greeted(profile, greeting) if not (profile.generic or profile.part) else None
        told_otherwise = any(one.there and told(cells, one.oid) is not None for one in profile.needs)
        if (
            way is not None
            and not told_otherwise
            and not _of_another_maker(profile, greeting)
            and all(_holds(one, cells) is None for one in profile.lacks)
        ):
            reason = f"{way.reason}, though it answers nothing that tells more"
            yield Match(profile.name, way.mark // _A_NUMBER, reason)


def _of_another_maker(profile: SnmpProfile, greeting: Greeting) -> bool:
    """Whether a device has a number of its own that the maker of this family does not have."""
    makers = {oid.parts(prefix)[:_MAKER] for prefix in profile.match}
    return bool(makers and greeting.object_id) and oid.parts(greeting.object_id)[:_MAKER] not in makers


def _match(profile: SnmpProfile, greeting: Greeting, cells: Cells) -> Match | None:
    way = _greeted(profile, greeting) or _probed(profile, cells)
    return None if way is None else _judged(profile, way, cells)


def _judged(profile: SnmpProfile, way: _Way, cells: Cells) -> Match:
    """Return a match by what speaks for a profile, held against what it needs and lacks."""
    ways = [way]
    for evidence in profile.lacks:
        if _holds(evidence, cells) is not None:
            return Match(profile.name, 0, f"{way.reason}, but {_shown(evidence, there=True)}")
    if profile.lacks:
        ways.append(_Way(1, ""))
    if profile.needs:
        need = next((found for one in profile.needs if (found := _holds(one, cells)) is not None), None)
        if need is None:
            missing = " or ".join(_shown(one, there=False) for one in profile.needs[:3])
            return Match(profile.name, 0, f"{way.reason}, but {missing}")
        ways.append(need)
    mark = sum(one.mark for one in ways)
    reasons = dict.fromkeys(one.reason for one in ways if one.reason)
    return Match(profile.name, mark, ", and ".join(reasons))


def _greeted(profile: SnmpProfile, greeting: Greeting) -> _Way | None:
    """Return what in the greeting speaks for a profile."""
    word = next((one for one in profile.match_descr if patterns.fits(one, greeting.descr)), None)
    descr = _Way(_BY_DESCR, f"sysDescr has {word.pattern[4:-1]!r}") if word is not None else None
    fitting = [prefix for prefix in profile.match if prefix and greeting.object_id.startswith(prefix)]
    if fitting:
        longest = max(fitting, key=len)
        mark = _GENERIC * 2 if profile.generic else _BY_OBJECT_ID + _A_NUMBER * len(oid.parts(longest))
        reason = f"sysObjectID {greeting.dotted} begins with {oid.text(longest)}"
        return _Way(mark, reason) if descr is None else _Way(mark + 5, f"{reason}, and {descr.reason}")
    return descr


def _probed(profile: SnmpProfile, cells: Cells) -> _Way | None:
    there = next((probe for probe in profile.probe if told(cells, probe) is not None), None)
    if there is None:
        return None
    mark = (_ALONE if profile.alone else _GENERIC) if profile.generic else _BY_PROBE
    return _Way(mark, f"it answers {oid.text(there)}")


def _holds(evidence: Evidence, cells: Cells) -> _Way | None:
    """Return what an evidence says if it holds."""
    cell = told(cells, evidence.oid)
    name = oid.text(evidence.oid)
    if cell is None or not evidence.there:
        return _Way(2, f"it does not answer {name}") if cell is None and not evidence.there else None
    if evidence.codes is None:
        return _Way(2, f"it answers {name}")
    code = code_of(cell.value)
    return _Way(3, f"{name} says {code!r}") if code in evidence.codes else None


def _shown(evidence: Evidence, *, there: bool) -> str:
    name = oid.text(evidence.oid)
    if there:
        return f"it answers {name}" if evidence.codes is None else f"{name} says what another family says"
    if not evidence.there:
        return f"it answers {name}"
    return f"it does not answer {name}" if evidence.codes is None else f"{name} does not say what it should"


def _evidence(profile: SnmpProfile) -> Iterator[bytes]:
    yield from (one.oid for one in (*profile.needs, *profile.lacks))


def _is_own(profiles: Iterable[SnmpProfile], match: Match) -> bool:
    """Whether a match is a family of the device's own: no standard, no part."""
    one = next((profile for profile in profiles if profile.name == match.profile), None)
    return bool(match.score) and one is not None and not one.generic and not one.part
