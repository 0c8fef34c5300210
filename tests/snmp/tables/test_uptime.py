"""How long an agent runs is a number of 32 bits without a sign, whatever an agent or a recording says."""

from __future__ import annotations

import pytest

from collectors.snmp.answers.recording import parse
from collectors.snmp.recordings.offline import decode_cells

DEVICE = """\
1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.318.1.3.11
1.3.6.1.2.1.1.3.0|67|{ticks}
1.3.6.1.4.1.318.1.1.8.5.1.2.0|2|1
"""


@pytest.mark.parametrize(
    ("ticks", "said"),
    [
        ("0", 0.0),
        ("4294967295", 42949672.95),
        ("-1", "gap out_of_range"),
        ("-2147483648", "gap out_of_range"),
        ("4294967296", "gap out_of_range"),
    ],
)
def test_an_uptime_that_cannot_be_is_none(shipped, readings, ticks, said):
    """Pains: A6."""
    found = decode_cells(parse(DEVICE.format(ticks=ticks)), shipped, ["apc_ats"])
    assert readings(found.batches)["device_uptime_seconds"] == said
