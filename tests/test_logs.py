"""What the log looks like to whoever reads it."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from dcim.logs import configure


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    handlers = logging.root.handlers[:]
    yield
    logging.root.handlers[:] = handlers
    structlog.reset_defaults()


def said(stream: io.StringIO) -> str:
    configure(stream)
    structlog.get_logger().info("the device answers again", device="ups-a")
    return stream.getvalue()


def test_a_terminal_gets_words_and_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    text = said(Terminal())
    assert "the device answers again" in text
    assert "\x1b[" in text


def test_a_terminal_without_colours_gets_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    text = said(Terminal())
    assert "device=ups-a" in text
    assert "\x1b[" not in text


def test_whatever_is_no_terminal_gets_an_object_a_line() -> None:
    (line,) = said(io.StringIO()).splitlines()
    assert json.loads(line) | {"timestamp": ""} == {
        "event": "the device answers again",
        "device": "ups-a",
        "level": "info",
        "timestamp": "",
    }
