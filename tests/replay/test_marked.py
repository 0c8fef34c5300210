"""What is made from a replay says so: reports in every form, the bundle for an auditor, the ledger. Pains: G4."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner, Result

from dcim.alerts import Language
from dcim.cli import build
from dcim.evidence.custody import Custody
from dcim.evidence.inplace import verify_in_place
from dcim.late import late
from dcim.ledger.signed import HOUR
from dcim.model.fact import Fact, FactKind
from dcim.replay.virtual import VirtualClock
from dcim.reports.make import from_directory
from dcim.reports.model import Kind
from dcim.reports.render import Form
from dcim.reports.wish import Wish
from dcim.store import Store, Work
from dcim.store.check import reading

from .stories import LIBRARY

if TYPE_CHECKING:
    import pypdf
else:
    pypdf = late("pypdf")

RESTART = LIBRARY / "agent-restart"
EMPTY = "format: 1\n"
OWN = {
    Language.EN: "Made from a replay of the recording agent-restart, with the rules of the recording.",
    Language.FR: "Établi à partir du rejeu de l’enregistrement agent-restart, avec les règles de l’enregistrement.",
}


def run(*arguments: str) -> Result:
    done = CliRunner().invoke(build(["replay", "ledger"]), arguments)
    assert not done.exception or isinstance(done.exception, SystemExit), done.exception
    return done


@pytest.fixture(scope="module")
def states(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, str]:
    """The ledgers of two replays: with the rules of the recording, with others; the SHA-256 of those."""
    folder = tmp_path_factory.mktemp("replayed")
    rules = folder / "tried.yaml"
    rules.write_text(EMPTY, encoding="utf-8")
    own, other = folder / "own", folder / "other"
    assert run("replay", str(RESTART), "--state", str(own)).exit_code == 0
    assert run("replay", str(RESTART), "--rules", str(rules), "--state", str(other)).exit_code in (0, 1)
    return own, other, sha256(EMPTY.encode()).hexdigest()


def report(state: Path, form: Form, language: Language, kind: Kind = Kind.UPTIME) -> bytes:
    wish = Wish(kind, languages=(language,), forms=(form,))
    return next(iter(from_directory(state, wish, 1_795_000_000_000_000, "0.1.0").files.values()))


def plain(data: bytes, form: Form) -> str:
    """Return the first page, or the beginning, of a report as people read it."""
    if form is Form.PDF:
        data = pypdf.PdfReader(io.BytesIO(data)).pages[0].extract_text().encode()
    elif form is Form.HTML:
        data = data.partition(b"<section>")[0].partition(b"<header>")[2]
    elif form is Form.CSV:
        data = b"".join(data.splitlines(keepends=True)[:3])
    return " ".join(data.decode().split())


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("form", [Form.PDF, Form.HTML, Form.CSV])
def test_a_report_from_a_replay_says_at_its_top_that_it_is_no_site_s_own(
    states: tuple[Path, Path, str], form: Form, language: Language
) -> None:
    own, other, digest = states
    text = plain(report(own, form, language), form)
    assert OWN[language] in text
    assert {"en": "(replay)", "fr": "(rejeu)"}[language] in text.replace("\u202f", " ")
    assert f"tried.yaml (SHA-256 {digest[:12]}" in plain(report(other, form, language), form)


def test_its_json_and_its_claim_say_so_to_machines(states: tuple[Path, Path, str]) -> None:
    own, other, digest = states
    said = json.loads(report(other, Form.JSON, Language.EN))
    assert list(said)[1] == "replay"
    assert said["claim"]["replay"] == {
        "recording": "agent-restart",
        "site": "cas1",
        "rules": [{"file": "tried.yaml", "sha256": digest}],
    }
    assert said["face"]["replay"]["recording"] == "agent-restart"
    assert "rules" not in json.loads(report(own, Form.JSON, Language.EN))["claim"]["replay"]


@pytest.mark.parametrize("kind", [Kind.ALARMS, Kind.QUALITY, Kind.TESTS, Kind.CALIBRATION])
def test_reports_of_every_kind_say_so(states: tuple[Path, Path, str], kind: Kind) -> None:
    assert OWN[Language.EN] in plain(report(states[0], Form.CSV, Language.EN, kind), Form.CSV)


def test_without_a_period_a_report_is_of_the_time_of_the_recording(states: tuple[Path, Path, str]) -> None:
    period = json.loads(report(states[0], Form.JSON, Language.EN))["claim"]["period"]
    with reading(states[0]) as store:
        first, *_ = store.entries()
    assert period["since"] == first.at
    assert period["until"] - period["since"] < 3_600_000_000


def test_a_bundle_and_its_verifier_say_so(states: tuple[Path, Path, str], tmp_path: Path) -> None:
    own, other, digest = states
    done = run("ledger", "export", "--state", str(other), "--out", str(tmp_path / "out"))
    assert (done.exit_code, "a replay of the recording 'agent-restart'" in done.stdout) == (0, True)
    manifest = json.loads((tmp_path / "out" / "MANIFEST.json").read_text())
    assert manifest["replay"]["rules"] == [{"file": "tried.yaml", "sha256": digest}]
    first, second, *_ = (tmp_path / "out" / "README.txt").read_text().splitlines()
    assert (first[:19], second[:16]) == ("CECI EST UN REJEU, ", "THIS IS A REPLAY")
    for language, said in (("en", "THIS IS A REPLAY"), ("fr", "CECI EST UN REJEU")):
        out = tmp_path / "out"
        checked = subprocess.run(
            [sys.executable, str(out / "verify.py"), str(out), "--lang", language],
            capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
        assert checked.returncode == 2
        assert checked.stdout.startswith(said)
        assert "tried.yaml" in checked.stdout.splitlines()[0]
    in_place = run("ledger", "verify", "--state", str(own))
    assert in_place.stdout.startswith("no site's own: a replay of the recording 'agent-restart'")


def test_not_even_a_kept_key_makes_a_replay_hold(tmp_path: Path) -> None:
    """Whoever scripts the verifier takes 0 for the word of a site."""
    state, out, clock = tmp_path / "state", tmp_path / "out", VirtualClock(0.0, 1_764_000_000.0)
    state.mkdir()
    for about, code in (({"replay": {"recording": "feed-loss"}}, 2), ({}, 0)):
        here = state / str(code)
        store = Store.open(here, "cas1", clock, about=about)
        key = Custody(here, store, clock).begin().public
        beat = Fact(FactKind.HEARTBEAT, clock.now(), "cas1", {"lasts": 30.0})
        store.commit_now(Work(facts=(beat,), sign=HOUR))
        store.close()
        assert run("ledger", "export", "--state", str(here), "--out", str(out / str(code))).exit_code == 0
        verify = [sys.executable, str(out / str(code) / "verify.py"), str(out / str(code)), "--key", key]
        checked = subprocess.run(verify, capture_output=True, text=True, check=False, timeout=60)
        assert (checked.returncode, "OF A REPLAY" in checked.stdout) == (code, code == 2), checked.stdout


def test_a_ledger_of_a_replay_from_before_is_known_too(tmp_path: Path) -> None:
    """It said that it was one, and no more."""
    store = Store.open(tmp_path, "cas1", VirtualClock(0.0, 1_764_000_000.0), about={"replay": True})
    store.close()
    assert "(whose name is not on record)" in plain(
        report(tmp_path, Form.CSV, Language.EN, Kind.ALARMS), Form.CSV
    )
    assert verify_in_place(tmp_path).replay == {"recording": "", "rules": ""}
