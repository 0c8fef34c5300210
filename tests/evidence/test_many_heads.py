"""Of many signed heads a share is checked, always the last of a key; all of them when somebody asks."""

from __future__ import annotations

import json

from dcim.evidence.export import export
from dcim.evidence.verifier import keys
from dcim.evidence.verifier.main import Options, verify
from dcim.ledger.signed import HOUR
from dcim.model.fact import Fact, FactKind
from dcim.store import Work

from .conftest import remanifest, words


def test_a_share_of_many_signatures_is_checked_and_the_last_always(begun, tmp_path, clock, monkeypatch):
    monkeypatch.setattr(keys, "MOST_SIGNATURES", 5)
    store, pen, _ = begun
    for number in range(30):
        store.commit_now(Work(facts=(Fact(FactKind.ALERT, clock.now(), str(number)),), sign=HOUR))
    export(tmp_path / "bundle", store, pen)
    options = Options(keys=[pen.public])
    found = verify(str(tmp_path / "bundle"), options)
    assert found.code == 0
    assert "31 signed heads, of which 5 signatures were checked" in found.report.notes[0]
    assert any("26 signatures of heads in between" in note for note in found.report.notes)

    path = tmp_path / "bundle" / "heads.ndjson"
    lines = path.read_text().splitlines()

    def forged(number):
        said = json.loads(lines[number])
        said["signature"] = "0" * 128
        written = [*lines[:number], json.dumps(said, separators=(",", ":")), *lines[number + 1 :]]
        path.write_text("".join(f"{line}\n" for line in written))
        remanifest(tmp_path / "bundle")

    forged(30)
    assert words(verify(str(tmp_path / "bundle"), options)) == {"head_signature"}
    forged(1)
    found = verify(str(tmp_path / "bundle"), options)
    assert (found.code, words(found)) == (2, set())  # 2: the manifest was made anew, and is not signed
    options.every = True
    assert words(verify(str(tmp_path / "bundle"), options)) == {"head_signature"}
