"""A family claims no device in whose tree it reads nothing."""

from __future__ import annotations

from collectors.snmp.answers.recording import parse
from collectors.snmp.recordings.offline import decode_cells


def device(number, *lines, descr="A box"):
    return parse("\n".join([f"1.3.6.1.2.1.1.1.0|4|{descr}", f"1.3.6.1.2.1.1.2.0|6|{number}", *lines]))


def test_a_th2e_is_no_tme_but_its_maker_is_known(shipped):
    """Pains: C2: what stands in its tree is another thing than in that of a TME."""
    found = decode_cells(
        device("1.3.6.1.4.1.18248.20", "1.3.6.1.4.1.18248.20.1.2.1.1.2.1|2|236", descr="TH2E"), shipped
    )
    assert (found.profile, found.batches) == (None, ())
    tme = decode_cells(device("1.3.6.1.4.1.18248.1", "1.3.6.1.4.1.18248.1.1.1.0|2|236"), shipped)
    assert tme.profile == "papouch_tme"


def test_a_delta_with_its_familys_number_and_another_tree_is_read_by_the_standard_alone(shipped):
    """Pains: C2."""
    standard = ["1.3.6.1.2.1.33.1.1.1.0|4|Delta", "1.3.6.1.2.1.33.1.2.1.0|2|2", "1.3.6.1.2.1.33.1.4.1.0|2|3"]
    found = decode_cells(device("1.3.6.1.4.1.2254.2.4", "1.3.6.1.4.1.2254.2.77.1.0|2|1", *standard), shipped)
    assert found.profile == "rfc1628_ups"
    own = decode_cells(device("1.3.6.1.4.1.2254.2.4", "1.3.6.1.4.1.2254.2.4.5.1.0|2|0", *standard), shipped)
    assert own.profile == "delta_ups"
    alone = decode_cells(device("1.3.6.1.4.1.2254.2.4"), shipped)
    assert alone.profile == "delta_ups", "it says so, and answers nothing that tells otherwise"
