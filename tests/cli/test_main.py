"""The edge of the command line: what is raised on purpose is words, wherever it was raised. Pains: J1."""

from __future__ import annotations

import pytest

import dcim.cli
from dcim.cli import leaves
from dcim.store import Fenced, StoreFull


def test_errors_of_tasks_are_found_in_whatever_groups_they_came() -> None:
    group = BaseExceptionGroup(
        "outer", [StoreFull("no space left"), ExceptionGroup("inner", [Fenced("another took over")])]
    )
    assert [str(error) for error in leaves(group)] == ["no space left", "another took over"]


def test_ctrl_c_ends_a_command_without_a_word(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Also while it is still being imported, which takes seconds on a busy machine."""

    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(dcim.cli, "_run", interrupted)
    with pytest.raises(SystemExit) as end:
        dcim.cli.main()
    assert end.value.code == 130
    assert capfd.readouterr() == ("", "")
