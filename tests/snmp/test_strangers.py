"""Devices nobody has seen: a new number of a known maker, or a maker without a family here but with a standard."""

from __future__ import annotations

from pathlib import Path

import pytest

from collectors.snmp.answers import recording
from collectors.snmp.answers.cells import Cell, Cells
from collectors.snmp.dialect.library import Library
from collectors.snmp.engine import oid
from collectors.snmp.engine.value import Oid, Tag
from collectors.snmp.identifying.choice import chosen
from collectors.snmp.identifying.identify import Greeting, Recognition, matches
from collectors.snmp.identifying.number import number_of
from collectors.snmp.recordings.offline import decode_cells

PROFILES = Path(__file__).parents[2] / "collectors/snmp/profiles"
SYS_DESCR, SYS_OBJECT_ID = oid.encode("1.3.6.1.2.1.1.1.0"), oid.encode("1.3.6.1.2.1.1.2.0")

ONLY_BY_NAME = {
    "abb_insite/scu100": "it has the tree of a CMS-700 with other places",
    "apc_rpdu2/first_generation_tree": "an AP79xxB with firmware that has the first generation's tree and no other",
    "carel_ug40/made": "pCOWeb cards share one tree; what stands there depends on the program of the controller",
    "dataaire_dap4/made": "as carel_ug40",
    "uniflair_uncdz/made": "as carel_ug40",
    "uniflair_uncdz/broken_sensors": "as carel_ug40",
    "rittal_it_chiller/made": "as carel_ug40",
    "gude_esb/esb7214": "it is taken for a PDU of its maker, which has the same sensors",
    "janitza_umg/image": "the same numbers mean other quantities on the two families of UMG",
    "janitza_umg96/image": "as janitza_umg",
    "mge_pdu/switched": "it answers nothing but its name",
    "minkels_rms/rms": "an AKCP with another name: it is read as one",
    "papouch_tme/tme": "its sysObjectID is broken and lies in nobody's tree",
    "tycon_tpdin2/shelter": "a solar controller has the same tree with other readings",
    "ubnt_usp_rps/idle": "it has nothing but the tree of Net-SNMP",
}  # fmt: skip


def images() -> dict[str, Path]:
    return {f"{path.parent.name}/{path.stem}": path for path in sorted(PROFILES.glob("*/*.snmprec"))}


def of_a_new_number(cells: Cells) -> bool:
    """Give a device a number of its maker that nobody knows, and no name; False where it has no maker."""
    found = cells.get(SYS_OBJECT_ID)
    if found is None or not isinstance(found.value, Oid) or len(oid.parts(bytes(found.value))) < 7:
        return False
    maker = oid.parts(bytes(found.value))[:7]
    cells.put(SYS_OBJECT_ID, Cell(Tag.OBJECT_IDENTIFIER, Oid(oid.encode_parts((*maker, 9999, 1)))))
    cells.put(SYS_DESCR, Cell(Tag.OCTET_STRING, b"A box"))
    return True


def test_a_model_under_a_number_that_nobody_has_seen_is_known_by_what_it_answers():
    """Pains: C2."""
    library = Library.of()
    known = {one.name for one in library.heads() if not (one.generic or one.part)}
    changed = {}
    for name, path in images().items():
        cells = recording.parse(path.read_text())
        if path.parent.name in known and of_a_new_number(cells):
            profiles = decode(library, cells)
            if profiles[:1] != (path.parent.name,):
                changed[name] = profiles
    assert changed.keys() == ONLY_BY_NAME.keys()


def decode(library: Library, cells: Cells) -> tuple[str, ...]:
    greeting = Greeting.of(cells)
    number = number_of(library.above(), greeting, cells)
    return Recognition(library.heads(number), greeting, cells).chosen()


def test_a_ups_whose_family_is_not_here_is_read_by_the_standard_that_it_answers():
    """Pains: C2: what the maker's own tree adds is lost, the rest is there."""
    library = Library.of()
    seen = 0
    for name, path in images().items():
        cells = recording.parse(path.read_text())
        if path.parent.name == "rfc1628_ups" or not cells.below(oid.encode("1.3.6.1.2.1.33.1.4")):
            continue
        greeting = Greeting.of(cells)
        rest = [one for one in library.heads(greeting.dotted) if one.generic]
        profiles = chosen(matches(rest, greeting, cells), {one.name: one for one in rest}, cells)
        assert "rfc1628_ups" in profiles, name
        found = decode_cells(cells, library, profiles)
        sources = [source for batch in found.batches for source in batch.layout.sources]
        assert any(source.startswith("1.3.6.1.2.1.33.1.4.") for source in sources), name
        seen += 1
    assert seen > 3


STANDARD = """\
1.3.6.1.2.1.33.1.2.1.0|2|2
1.3.6.1.2.1.33.1.2.3.0|2|45
1.3.6.1.2.1.99.1.1.1.1.1|2|8
1.3.6.1.2.1.99.1.1.1.2.1|2|9
1.3.6.1.2.1.99.1.1.1.3.1|2|1
1.3.6.1.2.1.99.1.1.1.4.1|2|235
1.3.6.1.2.1.99.1.1.1.5.1|2|1
"""


def test_a_known_number_with_a_standard_instead_of_its_makers_tree_is_read_by_the_standard():
    """Firmware that drops the tree of its maker: nothing but its uptime was told of it. Pains: C2, C11."""
    library, silent = Library.of(), {}
    for head in library.heads():
        if head.generic or head.part or not head.match or head.relative:
            continue
        number = oid.text(head.match[0])
        cells = recording.parse(f"1.3.6.1.2.1.1.1.0|4|card\n1.3.6.1.2.1.1.2.0|6|{number}\n{STANDARD}")
        found = decode_cells(cells, library)
        told = {source for batch in found.batches for source in batch.layout.sources}
        if not {"1.3.6.1.2.1.33.1.2.3.0", "1.3.6.1.2.1.99.1.1.1.4.1"} & told:
            silent[head.name] = found.profile
    assert silent == {}


@pytest.mark.parametrize("standard", ["rfc1628_ups", "entity_sensor", "lm_sensors", "energy_object"])
def test_a_stranger_says_by_a_standard_what_a_known_device_says(standard, readings):
    """Pains: C2."""
    library = Library.of()
    found = [path for name, path in images().items() if name.startswith(f"{standard}/")]
    for path in found:
        cells = recording.parse(path.read_text())
        known = decode_cells(cells, library)
        assert known.profile == standard
        cells.put(SYS_OBJECT_ID, Cell(Tag.OBJECT_IDENTIFIER, Oid(oid.encode("1.3.6.1.4.1.99999.7.1"))))
        cells.put(SYS_DESCR, Cell(Tag.OCTET_STRING, b"A box"))
        cells.put(oid.encode("1.3.6.1.4.1.99999.7.1.4.0"), Cell(Tag.INTEGER, 230))
        stranger = decode_cells(cells, library)
        assert stranger.profile == standard
        assert readings(stranger.batches) == readings(known.batches)
    assert found
