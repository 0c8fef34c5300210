"""What a bundle holds, and what its verifier says of one that nobody changed. Pains: K1, K2, K3, K4, G5."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from contextlib import contextmanager

import pytest
from typer.testing import CliRunner

from dcim.cli.auditing.ledger import ledger
from dcim.evidence.export import NotExported, ending, export
from dcim.evidence.issued import claims, left_out
from dcim.evidence.verifier.main import Options, main, verify
from dcim.ledger.signed import HOUR
from dcim.model.fact import Fact, FactKind
from dcim.store import Work, reading

from .conftest import FACTS, T0, bundled, remanifest, words


def test_a_claim_that_was_issued_after_the_end_of_a_bundle_is_not_in_it(begun):
    """Pains: G5."""
    store, _, state = begun
    first = ending(store)
    issue = {"kind": "uptime", "claim": "c" * 64, "from": 0, "to": 1}
    store.commit_now(Work(facts=(Fact(FactKind.REPORT_ISSUED, T0, "uptime site", issue),)))
    there = state / "reports" / ("c" * 64)
    there.mkdir(parents=True)
    (there / "claim.json").write_text("{}")
    names = {name for name, _ in claims(state, store)}
    before = {name for name, _ in claims(state, store, last=first.sequence)}
    assert names - before == {"c" * 64 + ".json"}
    assert "c" * 64 in left_out(store, before)
    assert "c" * 64 not in left_out(store, before, first.sequence)


def test_a_bundle_holds_for_whoever_kept_the_key_and_the_head(bundle):
    result = bundle.check()
    assert (result.code, result.report.findings) == (0, [])
    said = "\n".join(result.report.notes)
    assert f"{FACTS} facts read" in said
    assert "1 claims computed again" in said
    assert "THE BUNDLE HOLDS" in said
    assert "that the sensors and devices told the truth" in said


def test_the_key_or_the_head_alone_is_enough_and_without_both_the_signer_is_not_checked(bundle):
    folder = str(bundle.folder)
    said = []
    assert main([folder, "--key", bundle.key], said.append) == 0
    assert main([folder, "--head", str(bundle.head)], said.append) == 0
    said.clear()
    assert main([folder, "--lang", "fr"], said.append) == 2
    assert "COHÉRENT, SIGNATAIRE NON VÉRIFIÉ : donner --key ou --head, gardés ailleurs auparavant" in said


def test_it_runs_as_one_file_on_python_alone(bundle, tmp_path):
    asked = [
        sys.executable,
        "-I",
        "-S",
        str(bundle.folder / "verify.py"),
        str(bundle.folder),
        "--key",
        bundle.key,
    ]
    done = subprocess.run([*asked, "--lang", "fr"], capture_output=True, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, b"")
    assert "LE DOSSIER TIENT" in done.stdout.decode()


def test_whoever_reads_only_the_first_line_is_told_the_same_exit_status(bundle, broken, tmp_path):
    folder = broken()
    (folder / "README.txt").unlink()
    program = str(bundle.folder / "verify.py")
    asked = subprocess.Popen([sys.executable, "-ISu", program, str(folder)], stdout=subprocess.PIPE, stderr=subprocess.PIPE)  # fmt: skip
    assert asked.stdout is not None
    assert asked.stderr is not None
    asked.stdout.close()
    assert (asked.stderr.read(), asked.wait()) == (b"", 1)
    asked.stderr.close()


def test_openssl_comes_to_the_same(bundle):
    assert bundle.check(openssl=True).code == 0


def test_the_same_ledger_gives_the_same_bytes(bundle, tmp_path):
    from dcim.evidence.keyfile import load

    with reading(bundle.state) as reads:
        again = bundled(tmp_path / "again", bundle.state, reads, load(bundle.state))
    names = {one.relative_to(bundle.folder) for one in bundle.folder.rglob("*")}
    assert names == {one.relative_to(again.folder) for one in again.folder.rglob("*")}
    assert all((again.folder / one).read_bytes() == (bundle.folder / one).read_bytes() for one in names if (bundle.folder / one).is_file())  # fmt: skip


def test_each_line_is_what_was_hashed(bundle):
    from hashlib import sha256

    lines = (bundle.folder / "facts.ndjson").read_bytes().splitlines()
    assert [json.loads(line)["previous"] for line in lines[1:]] == [
        sha256(line).hexdigest() for line in lines[:-1]
    ]


def test_a_running_store_is_exported_as_it_stood_and_what_is_not_covered_is_said(begun, tmp_path, clock):
    store, pen, state = begun
    store.commit_now(Work(facts=(Fact(FactKind.ALERT, T0, "a"),), sign=HOUR))
    store.commit_now(Work(facts=(Fact(FactKind.ALERT, T0, "b"),)))
    made = bundled(tmp_path / "bundle", state, store, pen)
    store.commit_now(Work(facts=(Fact(FactKind.ALERT, T0, "c"),)))
    result = verify(str(made.folder), Options(keys=[made.key]))
    assert result.code == 0
    assert any("facts 4 to 4 are those that were written" in note for note in result.report.notes)


def test_facts_end_with_the_first_signed_head_after_the_day_that_was_asked_for(begun, tmp_path, clock):
    store, pen, _ = begun
    for number in range(4):
        clock.pass_time(3600)
        store.commit_now(Work(facts=(Fact(FactKind.ALERT, clock.now(), str(number)),), sign=HOUR))
    done = export(tmp_path / "bundle", store, pen, head=ending(store, T0 + 5400))
    assert (done.head.sequence, done.facts, done.heads) == (4, 4, 3)
    assert verify(str(done and tmp_path / "bundle"), Options(keys=[pen.public])).code == 0


def test_without_the_private_key_a_bundle_is_not_signed_and_says_so(begun, tmp_path):
    store, pen, _ = begun
    assert export(tmp_path / "bundle", store, None).signed_by == ""
    result = verify(str(tmp_path / "bundle"), Options(keys=[pen.public]))
    assert result.code == 2
    assert any("CONSISTENT, MANIFEST NOT SIGNED" in note for note in result.report.notes)
    assert any("MANIFEST.json is not signed" in note for note in result.report.notes)


def test_a_folder_with_something_in_it_is_left_alone(begun, tmp_path):
    store, pen, _ = begun
    (tmp_path / "mine").write_text("x")
    with pytest.raises(NotExported, match="is not empty"):
        export(tmp_path, store, pen)


@contextmanager
def full(size):
    """Let no file become longer than so many bytes, as on a disk that has no more room."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_disk_without_room_is_told_in_words_and_nothing_is_left(begun, tmp_path):
    store, pen, _ = begun
    out = tmp_path / "usb" / "bundle"
    with full(4096), pytest.raises(NotExported, match=r"cannot write .*bundle: File too large"):
        export(out, store, pen)
    assert list(out.parent.iterdir()) == []
    export(out, store, pen)
    assert [one.name for one in out.parent.iterdir()] == ["bundle"]


KILLED = """
import os, signal, sys
from pathlib import Path
from dcim.evidence.export import Extras, export
from dcim.store import reading

def claims():
    os.kill(os.getpid(), signal.SIGKILL)
    yield

with reading(Path(sys.argv[1])) as reads:
    export(Path(sys.argv[2]), reads, None, Extras(claims=claims()))
"""


def test_one_that_was_killed_leaves_no_bundle_and_the_next_clears_what_it_left(begun, tmp_path):
    store, pen, state = begun
    out = tmp_path / "usb" / "bundle [1]"
    done = subprocess.run([sys.executable, "-c", KILLED, state, out], check=False)
    assert done.returncode == -9
    assert not out.exists()
    [left] = out.parent.iterdir()
    assert (left / "facts.ndjson").exists()
    alive = out.parent / f".{out.name}.unfinished-{os.getppid()}"
    alive.mkdir()
    export(out, store, pen)
    assert {one.name for one in out.parent.iterdir()} == {out.name, alive.name}  # another's goes on


def test_a_folder_that_is_there_and_empty_becomes_the_bundle(begun, tmp_path):
    store, pen, _ = begun
    (tmp_path / "bundle").mkdir()
    (tmp_path / "usb").symlink_to(tmp_path / "bundle")
    export(tmp_path / "usb", store, pen)
    assert verify(str(tmp_path / "bundle"), Options(keys=[pen.public])).code == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--from", "2027-01-01", "--to", "2026-01-01"), "before it begins"),
        (("--from", "２０２６-01-01"), "is no day"),
        (("--to", "soon"), "is no day"),
    ],
)
def test_a_period_that_is_none_is_refused_before_anything_is_written(begun, tmp_path, arguments, said):
    _, _, state = begun
    asked = ["export", "--state", str(state), "--out", str(tmp_path / "out"), *arguments]
    done = CliRunner().invoke(ledger, asked)
    assert done.exit_code == 2
    assert said in " ".join(done.output.replace("│", " ").split())
    assert not (tmp_path / "out").exists()


def test_a_claim_that_was_changed_is_named_with_both_figures(bundle, broken):
    """Pains: G6."""
    folder = broken()
    [path] = (folder / "claims").iterdir()
    text = path.read_text()
    said = json.loads(text)
    seen = said["figures"]["answers"][0]["seen"]
    seen["figures"]["a_min"], seen["failures"] = "1/1", 0
    path.write_text(json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":")))
    remanifest(folder)
    result = bundle.check(folder)
    assert (result.code, words(result)) == (1, {"claim_wrong", "claim_unissued"})
    told = [text for _, text in result.report.findings]
    assert any(
        "power/r01: seen: figures: a_min: the report says 1/1, the facts give" in text for text in told
    )
    assert any("power/r01: seen: failures: the report says 0, the facts give" in text for text in told)
