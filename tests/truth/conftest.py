"""A life is lived on both databases."""

from __future__ import annotations

import pytest

from tests.databases import backend, new_state, on_both

__all__ = ["backend", "new_state"]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run every test that has a ledger on both databases, on PostgreSQL among the long ones."""
    on_both(metafunc, pytest.mark.long)
