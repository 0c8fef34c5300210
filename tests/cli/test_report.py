"""``dcim report`` on the state of a daemon that is stopped."""

from __future__ import annotations

import json
import resource
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from dcim.cli.auditing.issued import _fetched
from dcim.cli.auditing.report import report
from dcim.reports.model import Kind

from ..reports.conftest import ATLAS, Ledger  # noqa: TID252
from ..reports.test_make import told  # noqa: TID252


@pytest.fixture
def state(tmp_path: Path) -> Path:
    ledger = Ledger(tmp_path / "state")
    told(ledger)
    ledger.close()
    return tmp_path


def run(*arguments: object) -> tuple[int, str]:
    app = typer.Typer()
    app.command()(report)
    done = CliRunner().invoke(app, [str(argument) for argument in arguments])
    return done.exit_code, done.output


def test_the_state_of_a_demo_is_found_beneath_its_folder(state: Path) -> None:
    out = state / "u.json"
    code, said = run("uptime", "--state", state, "--from", "2026-10", "--format", "json", "--out", out)
    assert (code, "bytes" in said) == (0, True)
    body = json.loads(out.read_text())
    assert body["face"]["issued"] is False
    assert body["claim"]["site"] == "cas1"


def test_it_goes_to_standard_output_where_that_is_wanted(state: Path) -> None:
    code, said = run(
        "alarms", "--state", state, "--from", "2026-10-01", "--to", "2026-10-03", "--format", "csv", "--lang", "en", "--out", "-",
        "--scope", f"tenant:{ATLAS}",
    )  # fmt: skip
    assert code == 0
    assert "Performance of the alarm system" in said


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--from", "soon"), "no period"),
        (("--scope", "tenant:Nobody", "--from", "2026-10"), "no tenant"),
        (("--from", "2026-10-02", "--to", "2026-10-01"), "before it begins"),
        (("--from", "2999"), "has not begun yet"),
        (("--from", "0001"), "more than 10 years ago"),
        (("--from", "2016-09"), "more than 10 years ago"),
        (("--from", "２０２６-10"), "no period"),
        (("--from", "2026-10", "--out", "."), "is a directory: name a file in it"),
        (("--from", "2026-10", "--out", "nowhere/at/all"), "there is no directory nowhere/at"),
        (("--from", "2026-10", "--format", "json", "--out", "/proc/self/nothing"), "cannot be written"),
    ],
)
def test_wrong_usage_is_told_in_words(state: Path, arguments: tuple[str, ...], said: str) -> None:
    code, output = run("uptime", "--state", state, *arguments)
    assert code == 2
    assert said in " ".join(output.replace("│", " ").split())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--from", "soon"), "no period"),
        (("--from", "2999"), "has not begun yet"),
        (("--from", "2026-10-02", "--to", "2026-10-01"), "before it begins"),
        (("--scope", "planet:Mars"), "planet"),
        (("--scope", "incident:zzz"), "expected site, tenant:NAME"),
        (("--from", "1969"), "more than 10 years ago"),
    ],
)
def test_the_same_mistake_is_told_alike_where_a_daemon_would_be_asked(
    arguments: tuple[str, ...], said: str
) -> None:
    code, output = run("uptime", *arguments, "--url", "http://127.0.0.1:1")
    assert code == 2
    assert said in " ".join(output.replace("│", " ").split())


def test_a_folder_without_a_ledger_is_no_state_directory(tmp_path: Path) -> None:
    code, said = run("uptime", "--state", tmp_path)
    assert (code, "no state directory" in said) == (1, True)


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize(
    "scope", ["incident:zzz", "rack:zzz", "device:zzz", "service:zzz", "tenant:zzz", "room:zzz"]
)
def test_a_scope_that_names_nothing_is_refused_by_every_kind(state: Path, kind: Kind, scope: str) -> None:
    code, said = run(
        kind, "--state", state, "--from", "2026-10", "--scope", scope, "--format", "json", "--out", "-"
    )
    assert code == 2
    axis = scope.partition(":")[0]
    words = " ".join(said.replace("│", " ").split())
    assert ("incident" if axis == "incident" else f"the site has no {axis} 'zzz'; there are:") in words


ROOM = 33_000
"""Bytes: enough for what SQLite keeps beside a database that is read, too few for a report."""


def test_a_disk_without_room_leaves_the_file_that_was_there_and_is_no_wrong_usage(state: Path) -> None:
    folder = state / "out"
    folder.mkdir()
    out = folder / "u.html"
    asked = ("uptime", "--state", state, "--from", "2026-10", "--format", "html", "--out", out)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (ROOM, before[1]))
    try:
        code, said = run(*asked)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert (code, "cannot be written: File too large; nothing of it is left" in said) == (1, True)
    assert list(folder.iterdir()) == []
    out.write_text("before")
    out.chmod(0o640)
    assert run(*asked)[0] == 0
    assert out.read_text().startswith("<!")
    assert (out.stat().st_mode & 0o777, list(folder.iterdir())) == (0o640, [out])


def test_a_device_is_written_to_as_it_is(state: Path) -> None:
    asked = ("uptime", "--state", state, "--from", "2026-10", "--format", "json", "--out")
    assert run(*asked, "/dev/null")[0] == 0
    assert run(*asked, "/dev/full")[0] == 1


def test_a_report_that_is_not_as_it_was_issued_is_told_in_the_words_of_the_daemon(
    serve: Callable[[Mapping[str, Any]], str], capsys: pytest.CaptureFixture[str]
) -> None:
    claim, name = "ab" * 32, "report.fr.pdf"
    url = serve({f"/api/v1/reports/{claim}/{name}": (409, {"detail": f"{name} was altered"})})
    with pytest.raises(typer.Exit) as ended:
        _fetched(url, claim, name)
    assert ended.value.exit_code == 1
    assert capsys.readouterr().err == "dcim: report.fr.pdf was altered\n"
