"""Every change of a chain is found and named.

Pains: K1, K2, K3.
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcim.ledger import Entry, Fault, FaultKind, Verifier, append, genesis, verify
from dcim.ledger.verify import MOST_FAULTS
from dcim.model.fact import Fact, FactKind


def chain(count: int, note: str = "") -> list[Entry]:
    head = genesis("cas1", "c0ffee")
    entries = []
    for number in range(count):
        body = {"n": number, "note": note}
        entries.append(
            append(head, Fact(FactKind.ALERT, 1e9 + number, f"ups-{number % 3}", body), 1 + number // 10)
        )
        head = entries[-1].head
    return entries


GOOD = chain(30)
PLACES = st.integers(0, len(GOOD) - 1)


def kinds(faults: list[Fault]) -> list[FaultKind]:
    return [fault.kind for fault in faults]


def test_a_good_chain_has_no_faults_also_against_every_head_it_ever_had():
    assert verify(GOOD, *(entry.head for entry in GOOD)) == []
    assert verify([]) == []


def test_the_verifier_knows_where_the_chain_ends():
    verifier = Verifier()
    assert verifier.head is None
    for entry in GOOD:
        verifier.take(entry)
    assert verifier.head == GOOD[-1].head
    assert verifier.entries == 30


NUMBERS = ("epoch", "sequence", "schema", "at")
TEXTS = ("site", "chain", "kind", "subject", "body", "previous", "hash")


@given(PLACES, st.sampled_from(NUMBERS), st.integers(-(2**60), 2**60))
def test_any_changed_number_is_found(place, field, value):
    changed = list(GOOD)
    changed[place] = GOOD[place]._replace(**{field: value})
    assert bool(verify(changed)) == (changed != GOOD)


@given(PLACES, st.sampled_from(TEXTS), st.text(), st.data())
def test_any_changed_text_is_found(place, field, insert, data):
    old = getattr(GOOD[place], field)
    cut = data.draw(st.integers(0, len(old)))
    until = data.draw(st.integers(cut, len(old)))
    changed = list(GOOD)
    changed[place] = GOOD[place]._replace(**{field: old[:cut] + insert + old[until:]})
    if field == "hash" and place == len(GOOD) - 1:
        assert bool(verify(changed)) == (changed != GOOD)
    assert bool(verify(changed)) == (changed != GOOD)


@given(PLACES, st.sampled_from(NUMBERS + TEXTS), st.sampled_from([None, b"x", 1.5, True]))
def test_a_field_of_another_type_is_unreadable_not_an_exception(place, field, value):
    changed = list(GOOD)
    changed[place] = GOOD[place]._replace(**{field: value})
    assert FaultKind.UNREADABLE in kinds(verify(changed))


def test_a_number_stored_as_text_cannot_carry_other_fields_along():
    first = GOOD[0]
    posing = first._replace(schema='1,"x":1')  # type: ignore[arg-type]
    assert FaultKind.UNREADABLE in kinds(verify([posing, *GOOD[1:]]))


@given(st.sets(PLACES, min_size=1, max_size=6))
def test_any_missing_facts_are_found_with_a_kept_head(gone):
    left = [entry for place, entry in enumerate(GOOD) if place not in gone]
    assert verify(left, GOOD[-1].head)


@given(PLACES, PLACES)
def test_any_two_swapped_facts_are_found(one, other):
    swapped = list(GOOD)
    swapped[one], swapped[other] = swapped[other], swapped[one]
    assert bool(verify(swapped)) == (one != other)


@given(PLACES, st.integers(0, len(GOOD)))
def test_a_fact_inserted_once_more_anywhere_is_found(place, where):
    assert verify([*GOOD[:where], GOOD[place], *GOOD[where:]])


def test_a_cut_end_is_found_with_a_kept_head_and_only_with_it():
    """Pains: K1, K3."""
    assert verify(GOOD[:20]) == []
    assert verify(GOOD[:20], GOOD[-1].head) == [
        Fault(FaultKind.CUT, 30, "a kept head stands here, but the chain ends at 20")
    ]
    assert kinds(verify([], GOOD[3].head)) == [FaultKind.CUT]


def test_a_chain_computed_anew_is_found_with_a_kept_head():
    """Pains: K2, K3."""
    forged = chain(30, note="forged")
    assert verify(forged) == []
    assert kinds(verify(forged, GOOD[12].head, GOOD[29].head)) == [FaultKind.REWRITTEN] * 2


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        (GOOD[3:], ["fact 1: missing: facts 1 to 3 are not there"]),
        (GOOD[:3] + GOOD[5:], ["fact 4: missing: facts 4 to 5 are not there"]),
        (GOOD[:3] + GOOD[2:], ["fact 3: repeated: stands twice"]),
        (
            [*GOOD[:3], GOOD[4], GOOD[3], *GOOD[5:]],
            ["fact 4: missing: facts 4 to 4 are not there", "fact 4: reordered: comes after fact 5"],
        ),
        ([GOOD[0]._replace(kind="blind")], ["fact 1: altered: the content does not have its hash"]),
        (
            [GOOD[0], GOOD[1]._replace(previous="f" * 64)],
            ["fact 2: altered", "fact 2: unlinked: does not continue"],
        ),
        (
            [append(GOOD[0].head._replace(sequence=0), Fact(FactKind.ALERT, 1.0, "x"), 1)],
            ["fact 1: unlinked"],
        ),
        ([*GOOD[:2], GOOD[2]._replace(schema=9)], ["fact 3: unreadable: schema 9, this version checks 1"]),
        ([*GOOD[:2], GOOD[2]._replace(subject="\ud800")], ["fact 3: unreadable"]),
        ([*GOOD[:2], GOOD[2]._replace(body="\ud800")], ["fact 3: unreadable"]),
    ],
)
def test_each_fault_is_named(entries, said):
    faults = [str(fault) for fault in verify(entries)]
    assert len(faults) == len(said)
    for fault, expected in zip(faults, said, strict=True):
        assert fault.startswith(expected)


def test_a_replaced_writer_that_goes_on_is_found():
    late = append(GOOD[29].head._replace(epoch=0), Fact(FactKind.ALERT, 1.0, "x"), 1)
    assert kinds(verify([*GOOD, late])) == [FaultKind.EPOCH]


def test_an_entry_of_another_chain_is_foreign():
    other = append(GOOD[0].head._replace(site="rba1"), Fact(FactKind.ALERT, 1.0, "x"), 1)
    assert kinds(verify([GOOD[0], other])) == [FaultKind.FOREIGN]
    assert kinds(verify(GOOD, genesis("rba1", "c0ffee"))) == [FaultKind.FOREIGN]


def test_faults_are_counted_all_and_listed_up_to_a_bound():
    verifier = Verifier()
    for _ in range(MOST_FAULTS + 5):
        verifier.take(GOOD[5])
    assert len(verifier.finish()) == MOST_FAULTS
    assert verifier.count == MOST_FAULTS + 5
