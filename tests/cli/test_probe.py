"""``dcim probe``: what is typed is checked in its own terms, what comes is shown whole."""

from __future__ import annotations

from pathlib import Path

import pytest
import structlog
from rich.console import Console
from rich.text import Text
from typer.testing import CliRunner

from dcim.cli import build
from dcim.cli.onboarding.access import Access, Asked, attempts
from dcim.cli.onboarding.advice import silence
from dcim.cli.onboarding.attempts import Nobody
from dcim.cli.onboarding.options import from_here
from dcim.cli.talking.rows import print_rows
from dcim.model import Address, ConfigError, NoAnswer, Refused

NOBODY = "127.0.0.1:9"


def run(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(build(["probe", "check"]), ["probe", *words], env={"COLUMNS": "400"})
    return done.exit_code, " ".join(done.stderr.replace("│", " ").split())


def test_options_are_refused_in_our_words_by_their_names() -> None:
    code, said = run(NOBODY, "--user", "noc", "--auth", "sha265", "--auth-key", "env:KEY")
    assert code == 2
    assert "--auth: expected" in said
    assert "found 'sha265'; did you mean 'sha256'?" in said
    code, said = run(NOBODY, "--protocol", "modbus", "--framing", "rtu")
    assert code == 2
    assert "--framing: expected" in said
    assert "Input should be" not in said
    code, said = run(NOBODY, "--user", "noc", "--priv", "aes128", "--priv-key", "env:KEY")
    assert code == 2
    assert "'priv' needs 'auth' too" in said


def test_a_recording_that_is_there_already_is_not_lost(tmp_path: Path) -> None:
    kept = tmp_path / "a.snmprec"
    kept.write_text("1.3.6.1.2.1.1.1.0|4|years ago\n")
    code, said = run(NOBODY, "--record", str(kept), "--timeout", "0.1")
    assert (code, "is there already" in said, "--force" in said) == (2, True, True)
    code, said = run(NOBODY, "--record", str(kept), "--timeout", "0.1", "--force")
    assert (code, "no answer" in said) == (1, True)  # asked; and nothing came to write down
    assert kept.read_text() == "1.3.6.1.2.1.1.1.0|4|years ago\n"
    for nowhere, why in ((tmp_path, "is a folder"), (tmp_path / "b" / "c", "there is no folder")):
        code, said = run(NOBODY, "--record", str(nowhere), "--force")
        assert (code, why in said) == (2, True)


def test_a_profile_that_is_none_is_told_before_anybody_is_asked(tmp_path: Path) -> None:
    code, said = run(NOBODY, "--profile", "aps_ats")
    assert code == 2
    assert "--profile: no profile 'aps_ats'; did you mean 'apc_ats'?" in said
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "profile.yaml").write_text("profile: mine\nfromat: 1\n")
    with pytest.raises(ConfigError, match=r"profile.yaml:2:1: fromat: unknown key; did you mean 'format'"):
        attempts(Asked(Address("127.0.0.1", 9), profile="mine"), Access(), [tmp_path])


def test_a_context_goes_with_the_user_and_with_nothing_else() -> None:
    code, said = run(NOBODY, "--context", "slot-2")
    assert code == 2
    assert "--context: is for --user: SNMPv3 alone has contexts" in said
    asked = Asked(Address("127.0.0.1", 9), "snmp")
    v3, v2c, v1 = attempts(asked, Access("public", "noc", context="slot-2"))
    assert v3.credential is not None
    assert v3.credential.fields["context"] == "slot-2"
    assert all("slot-2" not in dict(way.credential.fields).values() for way in (v2c, v1) if way.credential)


@pytest.mark.parametrize("command", ["probe", "discover"])
@pytest.mark.parametrize("option", ["--auth", "--auth-key", "--priv", "--priv-key"])
def test_what_belongs_to_a_user_is_not_dropped_without_one(command: str, option: str) -> None:
    where = NOBODY if command == "probe" else "127.0.0.1/32"
    words = [command, where, option, "env:KEY" if option.endswith("key") else "sha1"]
    done = CliRunner().invoke(build(["probe", "discover"]), words, env={"COLUMNS": "400"})
    assert done.exit_code == 2
    assert f"{option}: is for --user: SNMPv3 alone has keys" in done.stderr


def test_a_file_is_looked_for_where_the_person_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert from_here("file:secrets/community") == f"file:{tmp_path}/secrets/community"
    assert from_here("file:~/c") == f"file:{Path('~/c').expanduser()}"
    assert from_here("file:/etc/c") == "file:/etc/c"
    assert [from_here(text) for text in ("env:A", "file:", "public")] == ["env:A", "file:", "public"]
    code, said = run(NOBODY, "--community", "file:none")
    assert code == 2
    assert f"{tmp_path}/none" in said.replace(" ", "")  # a long path is folded in the frame
    (tmp_path / "secret").write_text("s3cret\n")
    code, said = run(NOBODY, "--community", "file:secret", "--timeout", "0.1")
    assert (code, "no answer" in said) == (1, True)


def test_no_line_of_a_log_stands_in_what_people_read(monkeypatch: pytest.MonkeyPatch) -> None:
    async def logs(*_: object) -> None:
        structlog.get_logger().warning("left_out", what=["1.2.3: too long"])
        raise Nobody([])

    monkeypatch.setattr("dcim.cli.onboarding.probe.ask", logs)
    done = CliRunner().invoke(build(["probe"]), ["probe", NOBODY])
    assert done.exit_code == 1
    assert "left_out" not in done.output


def test_silence_is_answered_with_what_it_may_mean() -> None:
    code, said = run(NOBODY, "--timeout", "0.1")
    assert code == 1
    for cause in ("the community is wrong", "SNMPv3 only", "firewall", "ping"):
        assert cause in said
    v3 = " ".join(silence(NoAnswer("x"), "snmp", user="noc"))
    assert "speaks no SNMPv3" in v3
    assert "community is wrong" not in v3
    assert "--unit" in " ".join(silence(NoAnswer("x"), "modbus", user=None))
    assert list(silence(Refused("x"), "snmp", user=None)) == []


@pytest.mark.parametrize("width", [20, 80, 200])
def test_rows_are_whole_whatever_the_width(width: int, capsys: pytest.CaptureFixture[str]) -> None:
    long = "pdu_outlet_power_watts{outlet=7,phase=L1}" * 3
    rows = [[Text(long), Text("5"), Text("a b")], [Text("é"), Text("10.5"), Text("")]]
    print_rows(Console(width=width), ("point", "value", "source"), rows, right=frozenset({1}))
    lines = capsys.readouterr().out.splitlines()
    blanks = " " * (len(long) - 5)
    assert lines == [f"point{blanks}  value  source", f"{long}      5  a b", f"é{blanks}       10.5"]
