"""``dcim notify test``: one message through one channel, and what the far side said."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dcim.cli import build
from dcim.notify import Delivered, RefusedForGood, RetryAfter
from dcim.notify.channels.log import LogChannel


@pytest.fixture
def config(tmp_path: Path) -> Path:
    channels = [
        {"name": "journal", "type": "log", "file": str(tmp_path / "told.jsonl")},
        {"name": "nowhere", "type": "log", "file": str(tmp_path / "missing" / "told.jsonl")},
    ]
    whole = {"format": 1, "site": {"id": "cas1", "language": "fr"}, "notify": {"channels": channels}}
    (tmp_path / "dcim.yaml").write_text(json.dumps(whole))
    return tmp_path / "dcim.yaml"


@pytest.mark.parametrize(
    ("channel", "code", "said"),
    [("journal", 0, "delivered"), ("nowhere", 1, "not delivered: "), ("mail", 2, "no channel 'mail'")],
)
def test_a_test_message_says_what_became_of_it(config: Path, channel: str, code: int, said: str) -> None:
    """Pains: H1."""
    done = CliRunner().invoke(build(["notify"]), ["notify", "test", channel, "-c", str(config)])
    assert (done.exit_code, said in done.output) == (code, True), done.output
    told = config.with_name("told.jsonl")
    if code == 0:
        (line,) = told.read_text().splitlines()
        assert json.loads(line)["title"] == "Message d’essai de la voie journal : tout va bien"
    else:
        assert not told.exists()


@pytest.mark.parametrize("verdict", [Delivered, RetryAfter, RefusedForGood])
def test_what_the_far_side_says_moves_no_cursor(
    config: Path, monkeypatch: pytest.MonkeyPatch, verdict: type
) -> None:
    async def says(_self: object, _letter: object) -> object:
        return verdict("no\x1b[2J\r\n\u202emay")

    monkeypatch.setattr(LogChannel, "send", says)
    done = CliRunner().invoke(build(["notify"]), ["notify", "test", "journal", "-c", str(config)])
    assert "no [2J  may" in done.output
