"""The edge of the command line: what is raised on purpose is words, wherever it was raised. Pains: J1."""

from __future__ import annotations

from dcim.cli import leaves
from dcim.store import Fenced, StoreFull


def test_errors_of_tasks_are_found_in_whatever_groups_they_came() -> None:
    group = BaseExceptionGroup(
        "outer", [StoreFull("no space left"), ExceptionGroup("inner", [Fenced("another took over")])]
    )
    assert [str(error) for error in leaves(group)] == ["no space left", "another took over"]
