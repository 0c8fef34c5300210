"""The log channel: one line a message, on the disk or in the daemon's own log."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import structlog

from dcim.alerts import Language
from dcim.notify import Context, Delivered, Letter, RetryAfter, Site, Verdict
from dcim.notify.channels.log import LogSettings, plugin


async def send(letter: Letter, site: Site, **settings: object) -> Verdict:
    channel = plugin.open(LogSettings(**settings), Context(site, lambda ref: ""))
    verdict = await channel.send(letter)
    await channel.aclose()
    return verdict


async def test_a_message_is_one_json_line_appended_to_the_file(
    letter: Callable[..., Letter], site: Site, tmp_path: Path
) -> None:
    """Pains: H5."""
    file = tmp_path / "alerts.jsonl"
    file.write_text('{"before": true}\n')
    assert await send(letter(), site, file=file) == Delivered()
    assert await send(letter(), site, file=file, language=Language.EN) == Delivered()
    _, french, english = (json.loads(line) for line in file.read_text().splitlines())
    assert (french["title"], english["title"]) == ("Onduleur sur batterie", "UPS on battery")
    assert french["message_id"] == english["message_id"] == letter().id


async def test_a_file_that_cannot_be_written_is_tried_again(
    letter: Callable[..., Letter], site: Site, tmp_path: Path
) -> None:
    """Pains: H2."""
    verdict = await send(letter(), site, file=tmp_path / "missing" / "alerts.jsonl")
    assert isinstance(verdict, RetryAfter)
    assert verdict.why.endswith("No such file or directory")


async def test_without_a_file_the_message_is_in_the_daemons_log(
    letter: Callable[..., Letter], site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    with structlog.testing.capture_logs() as logged:
        assert await send(letter(), site) == Delivered()
    assert [(line["event"], line["rule"], line["change"]) for line in logged] == [
        ("alert", "ups_on_battery", "raised")
    ]
