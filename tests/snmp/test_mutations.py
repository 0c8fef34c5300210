"""Other units of a known family: cells that are not there, other numbers behind a name, and nothing else changes.

What one recording shows is one unit, one firmware, one day. From each image variants are made as other units of the
family answer them, and each is held against the image itself: a number that stands in a cell is that number or none.
"""

from __future__ import annotations

import contextlib
import random
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from collectors.snmp.answers import recording
from collectors.snmp.answers.cells import Cell, Cells
from collectors.snmp.dialect.library import SHIPPED, Library
from collectors.snmp.dialect.profile import SYS_DESCR, SYS_OBJECT_ID, SnmpProfile
from collectors.snmp.engine import oid
from collectors.snmp.engine.value import Oid, Tag
from collectors.snmp.identifying.choice import is_family
from collectors.snmp.identifying.identify import Greeting
from collectors.snmp.recordings.offline import decode_cells, profiles_for
from collectors.snmp.tables.wanted import wanted
from dcim.catalogue import METRICS
from dcim.collect import Decoded
from dcim.model import ConfigError

IMAGES = sorted(SHIPPED.glob("*/*.snmprec"))
BIGGEST = [
    max(folder.glob("*.snmprec"), key=lambda path: path.stat().st_size)
    for folder in sorted(SHIPPED.iterdir())
]
HALF_KNOWN = {
    "apc_env/emu": "agents of this family that do not say in which unit say degrees C (recorded)",
}
"""Images of which a number means something else without the cell beside it, and why that is right."""

SEEDS = range(3)
LOST = 0.2  # of all cells, as in a walk with gaps


def _name(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


def numbers(decoded: Decoded) -> dict[str, set[tuple[str, float]]]:
    """The numbers that have a unit, by the cell in which they stand; also those said again elsewhere."""
    found: dict[str, set[tuple[str, float]]] = defaultdict(set)
    for batch in (*decoded.batches, *decoded.superseded):
        for at, point in enumerate(batch.layout.points):
            metric = METRICS.get(point.metric)
            unit = metric.unit if metric is not None else ""
            if at not in batch.gaps and batch.layout.states[at] is None and unit:
                found[batch.layout.sources[at]].add((unit, round(batch.values[at], 9)))
    return found


def other_numbers(before: Decoded, after: Decoded) -> list[str]:
    """The cells whose number is another one now, or in another unit."""
    known = numbers(before)
    return sorted(
        f"{source}: {sorted(known[source])} -> {sorted(said)}"
        for source, said in numbers(after).items()
        if source in known and not said <= known[source]
    )


def without(cells: Cells, gone: Iterable[bytes]) -> Cells:
    """A device that lacks these instances and columns."""
    lost = tuple(gone)
    return Cells({name: cell for name, cell in cells.by_oid.items() if not name.startswith(lost)})


def beside(profiles: Iterable[SnmpProfile]) -> Iterator[bytes]:
    """The cells that say how a number is to be read: its unit, its scale, its digits, what is added to it."""
    for profile in (layer for one in profiles for layer in one.stack()):
        for value in profile.values:
            choices = (one.place for one in (value.unit, value.scale) if one is not None)
            places = (*choices, value.decimals, *(place for place, _ in value.plus))
            yield from (place.oid for place in places if place is not None and place.oid != value.place.oid)


def lost_one_by_one(library: Library, path: Path, names: Iterable[bytes]) -> list[str]:
    """What changes in an image when one of these instances or columns is missing."""
    cells = recording.read(path)
    whole = decode_cells(cells, library, (path.parent.name,))
    changed: list[str] = []
    for name in dict.fromkeys(names):
        less = without(cells, (name,))
        if len(less.by_oid) < len(cells.by_oid):
            after = decode_cells(less, library, (path.parent.name,))
            changed += [f"without {oid.text(name)}: {one}" for one in other_numbers(whole, after)]
    return changed


@pytest.mark.long
def test_a_number_is_never_another_one_because_what_says_its_unit_or_scale_is_missing(
    shipped: Library,
) -> None:
    """Pains: A1, A5."""
    changed, tried = {}, 0
    for path in BIGGEST:
        names = list(beside([shipped.profile(path.parent.name, Greeting.of(recording.read(path)).dotted)]))
        tried += bool(names)
        if names and (found := lost_one_by_one(shipped, path, names)):
            changed[_name(path)] = found
    assert changed.keys() == HALF_KNOWN.keys(), changed
    assert tried > 40


@pytest.mark.campaign
@pytest.mark.timeout(1800)
def test_a_number_is_never_another_one_whatever_column_is_missing(shipped: Library) -> None:
    """Pains: A1, A5, B3."""
    changed = {}
    for path in IMAGES:
        profile = shipped.profile(path.parent.name, Greeting.of(recording.read(path)).dotted)
        scalars, columns = wanted([profile])
        if found := lost_one_by_one(shipped, path, (*scalars, *columns)):
            changed[_name(path)] = found
    assert changed.keys() == HALF_KNOWN.keys(), changed


@pytest.mark.campaign
@pytest.mark.timeout(1800)
def test_a_number_is_never_another_one_in_a_walk_with_gaps(shipped: Library, recordings: Path) -> None:
    """Pains: A1, A5, B3: of real devices, a fifth of whose answers did not come."""
    changed, tried = {}, 0
    for path in sorted(recordings.glob("*.snmprec")):
        cells = recording.read(path)
        names = [profile.name for profile in profiles_for(cells, shipped)]
        if not names:
            continue
        whole = decode_cells(cells, shipped, names)
        for seed in SEEDS:
            chance = random.Random(seed)
            kept = {name: cell for name, cell in cells.by_oid.items() if chance.random() > LOST}
            after = decode_cells(Cells(kept), shipped, names)
            tried += 1
            if found := other_numbers(whole, after):
                changed[path.stem, seed] = found
    assert not changed
    assert tried > 500


@pytest.mark.campaign
@pytest.mark.timeout(1800)
def test_a_family_that_is_taken_for_another_one_says_no_other_number(shipped: Library) -> None:
    """Pains: A1, A6: where the right profile is not here, the next best reads what both know, as both do."""
    families = {head.name for head in shipped.heads() if is_family(head)}
    changed, taken = {}, 0
    for path in IMAGES:
        cells, own = recording.read(path), path.parent.name
        others = Library({name: folder for name, folder in shipped.folders.items() if name != own})
        others._documents, others._compiled = shipped._documents, shipped._compiled  # read once
        others._tops, others._bound = shipped._tops, shipped._bound
        if own not in families:
            continue
        with contextlib.suppress(
            ConfigError
        ):  # another family extends this one, and cannot be read without it
            found = decode_cells(cells, others)
            taken += found.profile is not None
            if several := other_numbers(decode_cells(cells, shipped), found):
                changed[_name(path), found.profile] = several
    assert not changed
    assert taken > 10


def as_text(cells: Cells) -> Cells:
    """The same device whose agent sends its numbers as text."""
    numeric = {int(Tag.INTEGER), int(Tag.COUNTER32), int(Tag.GAUGE32)}
    return Cells(
        {
            name: Cell(Tag.OCTET_STRING, str(cell.value).encode()) if cell.tag in numeric else cell
            for name, cell in cells.by_oid.items()
        }
    )


@pytest.mark.long
def test_a_number_sent_as_text_is_the_same_number_and_one_that_is_none_is_none(shipped: Library) -> None:
    """Pains: A3, A4: -1, 65535 and their like mean "no such reading" in text too."""
    changed, tried = {}, 0
    for path in BIGGEST:
        cells, own = recording.read(path), (path.parent.name,)
        whole, after = decode_cells(cells, shipped, own), decode_cells(as_text(cells), shipped, own)
        fresh = numbers(after).keys() - numbers(whole).keys()
        tried += bool(numbers(after))
        if found := [*other_numbers(whole, after), *sorted(fresh)]:
            changed[_name(path)] = found
    assert not changed
    assert tried > 150


def as_unsigned(cells: Cells) -> Cells:
    """The same device whose agent sends whole numbers of 32 bits without a sign: -1 is 4294967295."""
    return Cells(
        {
            name: Cell(Tag.GAUGE32, cell.value % 2**32)
            if cell.tag == Tag.INTEGER and isinstance(cell.value, int)
            else cell
            for name, cell in cells.by_oid.items()
        }
    )


@pytest.mark.long
def test_a_number_below_0_that_is_sent_without_its_sign_is_the_same_number_or_none(shipped: Library) -> None:
    """Pains: A3, A4: also where another cell says by -1 that there is none."""
    changed, tried = {}, 0
    for path in IMAGES:
        cells, own = recording.read(path), (path.parent.name,)
        if not any(isinstance(cell.value, int) and cell.value < 0 for cell in cells.by_oid.values()):
            continue
        whole, after = decode_cells(cells, shipped, own), decode_cells(as_unsigned(cells), shipped, own)
        fresh = numbers(after).keys() - numbers(whole).keys()
        tried += 1
        if found := [*other_numbers(whole, after), *sorted(fresh)]:
            changed[_name(path)] = found
    assert not changed
    assert tried > 50


def greeted_otherwise(cells: Cells) -> Cells:
    """The same device under a longer number, and with another version in its name."""
    changed = Cells(dict(cells.by_oid))
    number, descr = cells.get(SYS_OBJECT_ID), cells.get(SYS_DESCR)
    if number is not None and isinstance(number.value, Oid) and len(oid.parts(bytes(number.value))) > 7:
        longer = Oid(bytes(number.value) + oid.encode_index((99,)))
        changed.put(SYS_OBJECT_ID, Cell(Tag.OBJECT_IDENTIFIER, longer))
    if descr is not None and isinstance(descr.value, bytes):
        later = descr.value.replace(b"1.", b"7.").replace(b".2", b".8")
        changed.put(SYS_DESCR, Cell(Tag.OCTET_STRING, later))
    return changed


@pytest.mark.long
def test_a_device_is_known_under_a_longer_number_and_with_another_version(shipped: Library) -> None:
    """Pains: A6: the next model of a family, and the next firmware."""
    lost = {}
    for path in IMAGES:
        changed = greeted_otherwise(recording.read(path))
        found = [one.name for one in profiles_for(changed, shipped)]
        if found[:1] != [path.parent.name]:
            lost[_name(path)] = found
    assert not lost
