"""What a device answers below the trees of its profiles, and what of it nothing is made of.

It is for people who write a profile or wonder what is missing: no poll asks so much.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Final

from collectors.snmp.answers.cells import Cell, Cells, text_of
from collectors.snmp.devices.device import GREETING, Device
from collectors.snmp.devices.plan import LanePlan, understood
from collectors.snmp.dialect.library import Library
from collectors.snmp.dialect.profile import SnmpProfile
from collectors.snmp.engine import oid
from collectors.snmp.engine.value import Absence
from collectors.snmp.identifying.identify import Greeting, telling_roots
from collectors.snmp.identifying.identity import AGENTS, enterprise
from collectors.snmp.identifying.makers import Makers
from collectors.snmp.identifying.recognise import beginnings, cells_of, signs_of_maker
from collectors.snmp.questions.asking import Asking
from collectors.snmp.recordings.offline import superseded
from collectors.snmp.tables.gaps import gaps
from collectors.snmp.tables.survey import Survey
from collectors.snmp.tables.wanted import wanted
from dcim.collect import Explored
from dcim.model import Batch, PollError

_SYSTEM: Final = oid.encode("1.3.6.1.2.1.1")
_SYS_NAME: Final = oid.encode("1.3.6.1.2.1.1.5.0")
_ENTERPRISES: Final = oid.encode("1.3.6.1.4.1")
_STANDARDS: Final = tuple(map(oid.encode, ("1.3.6.1.2.1.33", "1.3.6.1.2.1.47.1.1.1", "1.3.6.1.2.1.99")))
"""UPS-MIB, ENTITY-MIB and ENTITY-SENSOR-MIB: what a device of an unknown family may answer."""

_LEAST: Final = 7  # numbers of a tree: more than whose it is


async def explore(device: Device, asking: Asking, library: Library | None) -> Explored:
    """Walk the trees of a device by the deadline of ``asking``. Raise NoAnswer if nothing is heard.

    Without a library ask only who it is, and by which name people know it.
    """
    greeted = await cells_of(asking, (*GREETING, _SYS_NAME))
    greeting = Greeting.of(greeted)
    profiles = device.profiles or ()
    tops = trees(profiles, greeting.object_id) if library is not None else ()
    others = await _others(asking, library, greeting, tops, device.makers) if library is not None else {}
    survey = Survey.between(gaps(_outermost((*tops, *others)), *_heard_of(device)))
    with suppress(PollError):  # what is known by then counts
        await survey.advance(asking)
    plans = device.known.plans if device.known is not None else ()
    used = used_by(plans, device.cells)
    known = {name: cell for name, cell in device.cells.by_oid.items() if _answered(name, cell, tops)}
    cells = known | survey.cells.by_oid
    names = sorted(cells, key=oid.parts)
    unused = tuple((oid.text(name), text_of(cells[name].value)) for name in names if not used(name))
    return Explored(
        profiles=tuple(profile.name for profile in profiles),
        answers=len(names),
        unused=unused,
        greeting=greeting.said | ({"sysName": name} if (name := _name(greeted)) else {}),
        vendor=await _maker(asking, greeted),
        whole=survey.done and not survey.lost,
        superseded=_superseded(device),
        fitting=tuple((name, oid.text(root), len(survey.cells.below(root))) for root, name in others.items()),
        left_out=(*device.left_out, *(device.survey.unfinished() if device.survey is not None else ())),
        notes=device.known.notes if device.known is not None else (),
    )


async def _others(
    asking: Asking, library: Library, greeting: Greeting, tops: tuple[bytes, ...], makers: Makers | None
) -> dict[bytes, str]:
    """Return the trees of other families that a device answers too, where no number tells the family.

    Who answers under the number of Net-SNMP may be a gateway that speaks for several devices.
    """
    if not greeting.tells_no_maker:
        return {}
    heads = await library.heads_beside(greeting.dotted)
    roots = {
        root: one.name
        for root, one in telling_roots(heads).items()
        if not root.startswith(tops)
        and not any(top.startswith(root) for top in tops)
        and (makers is None or makers.may_have(root))
    }
    found = await beginnings(asking, sorted(roots))
    return {root: name for root, name in sorted(roots.items()) if found.below(root)}


async def _maker(asking: Asking, greeted: Cells) -> str:
    """Return who made a device, as far as its numbers tell: where its name does not, its trees may."""
    with suppress(PollError):
        return enterprise(Cells(await signs_of_maker(asking, greeted, ())))
    return ""


def _answered(name: bytes, cell: Cell, tops: tuple[bytes, ...]) -> bool:
    """Whether a device has told a cell of these trees, with or without a value."""
    return name.startswith(tops) and not isinstance(cell.value, Absence)


def _heard_of(device: Device) -> tuple[Collection[bytes], Cells]:
    """Return the columns of which a device has told every row, and all the cells that it has told."""
    told_all = device.is_whole and not device.unheard and not device.left_out
    return (wanted(device.profiles or ())[1], device.cells) if told_all else ((), Cells())


def _superseded(device: Device) -> tuple[Batch, ...]:
    """Return what the last survey heard of points for which the device has a better place."""
    if device.known is None:
        return ()
    known, others = understood(device.asset.id, device.profiles or (), device.cells, device.known)
    return superseded(device.asset.id, known.plans, others, device.cells)


def _name(greeted: Cells) -> str:
    found = greeted.get(_SYS_NAME)
    return text_of(found.value) if found is not None else ""


def trees(profiles: Sequence[SnmpProfile], object_id: bytes) -> tuple[bytes, ...]:
    """Return where the trees of these profiles begin; without any those of the device's maker and standards.

    Whose number tells no maker may answer in the tree of any: there all of them are looked at.

    A profile that names no root is taken by the tables and groups that its points stand in. Where standards
    alone fit, what the maker has of its own is all that a profile could still be written from.
    """
    number = oid.parts(object_id)[:_LEAST] if object_id.startswith(_ENTERPRISES) else ()
    maker = oid.encode_parts(number) if len(number) == _LEAST and not object_id.startswith(AGENTS) else None
    if not profiles:
        return (maker or _ENTERPRISES, *_STANDARDS)
    roots = [root for profile in profiles for layer in profile.stack() for root in layer.roots]
    scalars, columns = wanted(profiles)
    above = [_above(name, 2) for name in scalars] + [_above(name, 1) for name in columns]
    tops = [name for name in above if not name.startswith(_SYSTEM)]
    own = [maker] if maker and all(profile.generic for profile in profiles) else []
    return tuple(_outermost([*roots, *tops, *own]))


def used_by(plans: Iterable[LanePlan], cells: Cells) -> _Used:
    """Return the question whether an answer is used: for a point, or to name rows and the device."""
    several = tuple(plans)
    names = {name for plan in several for name in plan.oids} | set(cells.by_oid)
    return _Used(frozenset(names), tuple(raised.column for plan in several for raised in plan.raised))


class _Used:
    """Whether an answer is used."""

    def __init__(self, names: frozenset[bytes], columns: tuple[bytes, ...]) -> None:
        self._names = names
        self._columns = columns

    def __call__(self, name: bytes) -> bool:
        return name in self._names or name.startswith(self._columns)


def _above(name: bytes, levels: int) -> bytes:
    """Return the name that many numbers above, but never above whose number it is."""
    parts = oid.parts(name)
    kept = parts[: max(_LEAST, len(parts) - levels)]
    return oid.encode_parts(kept)


def _outermost(names: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the names that stand below none of the others."""
    last: bytes | None = None
    for name in sorted(set(names)):
        if last is None or not name.startswith(last):
            last = name
            yield name
