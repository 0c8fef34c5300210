"""Signed heads reach files elsewhere, or their trouble shows; nobody waits for them. Pains: K1, K3."""

from __future__ import annotations

import json

from dcim.evidence.copies import MOST_WAITING, Copies, Copy
from dcim.ledger import Head, SignedHead
from dcim.ledger.signed import HEARTBEAT, HOUR, STOP
from tests import waiting


def signed(sequence, why=HOUR):
    return SignedHead(Head("cas1", "c0ffee", 1, sequence, "0" * 64), 5, why, "1" * 64, "2" * 128)


def until(true):
    waiting.until(true, "it came", every=0.005)


def test_heads_are_appended_one_a_line_and_those_of_heartbeats_are_not(tmp_path):
    copies = Copies([tmp_path / "heads"])
    for number, why in enumerate((HOUR, HEARTBEAT, STOP), 1):
        copies.put(signed(number, why))
    copies.close(10.0)
    lines = (tmp_path / "heads").read_text().splitlines()
    assert [SignedHead.of_json(json.loads(line)) for line in lines] == [signed(1), signed(3, STOP)]
    assert copies.files[0].written == 2


def test_what_stands_there_stays_and_a_line_that_was_cut_off_stays_alone(tmp_path):
    (tmp_path / "heads").write_text("one\ntw")
    copies = Copies([tmp_path / "heads"])
    copies.put(signed(1))
    copies.close(10.0)
    assert (tmp_path / "heads").read_text().splitlines()[:2] == ["one", "tw"]
    assert len((tmp_path / "heads").read_text().splitlines()) == 3


def test_a_path_that_is_not_there_is_a_trouble_that_goes_when_it_is_and_nothing_is_lost(tmp_path):
    copy = Copy(tmp_path / "mount" / "heads", retry=0.01)
    copy.put("first")
    until(lambda: copy.trouble)
    assert copy.trouble == f"cannot append to {tmp_path}/mount/heads: No such file or directory"
    copy.put("second")
    (tmp_path / "mount").mkdir()
    until(lambda: copy.written == 2)
    assert (copy.trouble, copy.waiting, copy.lost) == ("", 0, 0)
    assert (tmp_path / "mount" / "heads").read_text() == "first\nsecond\n"
    copy.close(10.0)


def test_of_too_many_that_wait_the_oldest_are_let_go_and_counted(tmp_path):
    copy = Copy(tmp_path / "mount" / "heads", retry=60.0)
    for number in range(MOST_WAITING + 5):
        copy.put(str(number))
    assert copy.waiting == MOST_WAITING
    assert copy.lost == 5
    copy.close(10.0)


def test_one_path_that_fails_holds_up_no_other(tmp_path):
    copies = Copies([tmp_path / "mount" / "heads", tmp_path / "heads"])
    copies.put(signed(1))
    until(lambda: copies.files[1].written == 1)
    copies.close(10.0)
    assert copies.files[0].trouble
