"""The child process for real: it answers, ends with its parent, and is started again when it died."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from dcim.redundancy import Answer, ChildFailed, Question, Refused, Verdicts, Worker
from dcim.simulator.files import plan

from .told import Told


@pytest.mark.long
async def test_a_child_answers_and_one_that_died_is_started_again_with_its_book(tmp_path: Path) -> None:
    """Pains: D1."""
    told = Told(plan("rabat"), tmp_path)
    book, values = told.messages()
    worker = Worker(told.built)
    try:
        assert await worker.ask(book) is None
        found = await worker.ask(values)
        assert isinstance(found, Verdicts)
        assert found.services.keys() == told.topology.services.keys()
        process = worker.child_process
        assert process is not None
        for number in (signal.SIGTERM, signal.SIGINT):  # as systemd and a terminal send them to all at once
            os.kill(process.pid, number)
        assert isinstance(await worker.ask(Question(("rab1-ups-a",))), Answer)
        assert worker.child_process is process, (
            "it ends when the daemon does, which no look takes for a fault"
        )
        process.kill()
        with pytest.raises(ChildFailed):
            await worker.ask(values)
        assert isinstance(await worker.ask(Question(("rab1-ups-a",))), Refused)
        again = await worker.ask(values)
        assert isinstance(again, Verdicts)
        assert again.headroom == found.headroom
    finally:
        child = worker.child_process
        await worker.aclose()
    assert child is not None
    assert child.returncode is not None
