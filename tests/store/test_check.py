"""``verify`` of a state directory: while its daemon runs, after a crash, and against kept heads.

Pains: K1, K2, K3.
"""

from __future__ import annotations

import pytest

from dcim.ledger import FaultKind
from dcim.model.fact import Fact, FactKind
from dcim.store import DATABASE, Reads, StateDirectoryUnusable, StoreDamaged, Work, reading, verify


@pytest.fixture
def filled(store):
    store.commit_now(Work(facts=tuple(Fact(FactKind.ALERT, 1.0, str(n), {"n": n}) for n in range(25))))
    return store


def test_a_running_daemons_ledger_can_be_verified(filled, state):
    report = verify(state, filled.committed)
    assert (report.holds, report.entries, report.kept) == (True, 26, 1)
    assert report.head == report.committed == filled.committed


def test_a_ledger_is_read_in_pages_of_any_size(filled, state):
    with reading(state) as reads:
        for page in (1, 10, 26, 100):
            assert list(reads.entries(page=page)) == filled.facts()
        assert [entry.sequence for entry in reads.entries(since=20, page=4)] == [21, 22, 23, 24, 25, 26]


def test_a_stopped_daemons_ledger_can_be_verified(filled, state):
    filled.close()
    assert verify(state).holds


@pytest.mark.parametrize(
    ("statement", "kind"),
    [
        ("UPDATE facts SET body = '{\"n\":99}' WHERE sequence = 9", FaultKind.ALTERED),
        ("UPDATE facts SET at = at + 1 WHERE sequence = 9", FaultKind.ALTERED),
        ("UPDATE facts SET subject = x'ff' WHERE sequence = 9", FaultKind.UNREADABLE),
        ("UPDATE facts SET epoch = 'one' WHERE sequence = 9", FaultKind.UNREADABLE),
        ("UPDATE facts SET site = 'rba1'", FaultKind.ALTERED),
        ("DELETE FROM facts WHERE sequence = 1", FaultKind.MISSING),
        ("DELETE FROM facts WHERE sequence = 9", FaultKind.MISSING),
        ("DELETE FROM facts WHERE sequence = 26", FaultKind.CUT),
        ("DELETE FROM facts", FaultKind.CUT),
        ("UPDATE facts SET sequence = 99 WHERE sequence = 26", FaultKind.BEYOND),
        ("UPDATE chain SET hash = 'x'", FaultKind.REWRITTEN),
    ],
)
def test_tampering_in_the_database_is_found(filled, state, statement, kind, sql):
    filled.close()
    sql(statement)
    report = verify(state)
    assert not report.holds
    assert kind in [fault.kind for fault in report.faults]


@pytest.mark.one_file
def test_text_that_is_no_utf_8_is_damage(filled, state, sql):
    filled.close()
    sql("UPDATE facts SET subject = CAST(x'ff' AS TEXT) WHERE sequence = 9")
    with pytest.raises(StoreDamaged, match="Could not decode to UTF-8 column 'subject'"):
        verify(state)


def test_an_end_cut_off_together_with_the_writers_note_needs_a_kept_head(filled, state, sql):
    kept = filled.head()
    earlier = filled.facts()[19].head
    filled.close()
    note = f"UPDATE chain SET sequence = 20, hash = '{earlier.hash}'"
    sql("DELETE FROM facts WHERE sequence > 20", note)
    assert verify(state).holds
    report = verify(state, kept)
    assert [fault.kind for fault in report.faults] == [FaultKind.CUT]


def test_a_directory_without_a_ledger_says_so(tmp_path):
    with pytest.raises(StateDirectoryUnusable, match=r"is no state directory: it holds no dcim\.db"):
        verify(tmp_path)


@pytest.mark.one_file
def test_a_broken_page_anywhere_is_damage_or_a_fault_and_never_a_traceback(store, state):
    """Also in the middle of a page of rows, where the driver speaks for itself."""
    store.commit_now(
        Work(facts=tuple(Fact(FactKind.ALERT, 1.0, str(n), {"t": "x" * 900}) for n in range(60)))
    )
    kept = store.committed
    store.close()
    good = (state / DATABASE).read_bytes()
    damaged = 0
    for page in range(4096, len(good), 4096):
        (state / DATABASE).write_bytes(good[:page] + b"\xa5" * 4096 + good[page + 4096 :])
        try:
            verify(state, kept)
        except StoreDamaged:
            damaged += 1
    assert damaged > 10


def test_an_empty_ledger_has_no_head(store, state, sql):
    store.close()
    sql("DELETE FROM facts", "DELETE FROM chain")
    with reading(state) as reads:
        assert isinstance(reads, Reads)
        assert reads.head() is None
    report = verify(state)
    assert (report.holds, report.entries, report.head) == (True, 0, None)
