"""How the daemon speaks to its log: one line an event, on change, never one a poll.

structlog imports rich where it finds it, to draw tracebacks: ours are text, and rich is three quarters of
what the import takes. So this module imports structlog without, before anything else of a command does.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO

from dcim.late import hidden

with hidden("rich"):
    import structlog


def quiet_libraries() -> None:
    """Silence libraries that log what we say ourselves, in better words, or that print whole frames."""
    for name in ("pymodbus", "apscheduler", "uvicorn"):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)


def configure(stream: TextIO = sys.stderr, *, json_lines: bool | None = None) -> None:
    """Write events to a stream: for people on a terminal, one JSON object a line elsewhere unless told.

    On a terminal in colours, unless NO_COLOR is set to anything (no-color.org).
    """
    terminal = stream.isatty()
    as_json = not terminal if json_lines is None else json_lines
    colours = terminal and not os.environ.get("NO_COLOR")
    renderer: Any = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if as_json
        else structlog.dev.ConsoleRenderer(colors=colours)
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(stream),
    )
    quiet_libraries()
    # Other libraries that log on their own: warnings and worse, on the same stream.
    logging.basicConfig(
        stream=stream, level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s", force=True
    )


@contextmanager
def unlogged() -> Iterator[None]:
    """Log nothing: what a daemon would say of what was, or of a story, is no news."""
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    try:
        yield
    finally:
        structlog.configure(**before)
