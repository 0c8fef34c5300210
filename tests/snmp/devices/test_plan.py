"""When a second survey leads to what the first one led to."""

import pytest

from collectors.snmp.answers.cells import Cell, Cells
from collectors.snmp.devices.plan import Understanding
from collectors.snmp.engine.value import Tag

NAME, NUMBER, NEW = b"\x2b\x01", b"\x2b\x02", b"\x2b\x03"
BEFORE = {NAME: Cell(Tag.OCTET_STRING, b"outlet 1"), NUMBER: Cell(Tag.GAUGE32, 230)}
KEYS = ((NAME, "outlet 1"),)


def cells(**changed):
    return Cells(
        {**BEFORE, **{{"name": NAME, "number": NUMBER, "new": NEW}[k]: v for k, v in changed.items()}}
    )


def test_other_numbers_in_the_same_cells_change_nothing():
    assert Understanding(keys=KEYS).holds(cells(), cells(number=Cell(Tag.GAUGE32, 231)))


@pytest.mark.parametrize(
    "after",
    [
        cells(name=Cell(Tag.OCTET_STRING, b"outlet 2")),
        cells(number=Cell(Tag.NO_SUCH_INSTANCE, None)),
        cells(new=Cell(Tag.GAUGE32, 1)),
        Cells({NAME: BEFORE[NAME]}),
    ],
    ids=["another name", "a cell gone", "a new cell", "a row less"],
)
def test_a_device_that_has_become_another_is_understood_anew(after):
    """Pains: B1."""
    assert not Understanding(keys=KEYS).holds(cells(), after)


def test_where_values_decide_what_is_read_every_survey_is_understood_anew():
    assert not Understanding(keys=KEYS, contested=True).holds(cells(), cells())
    assert not Understanding(keys=KEYS, notes=("left out",)).holds(cells(), cells())
