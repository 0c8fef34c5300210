"""What every room's tests share."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, settings

# The machines that run this are shared: a slow example is no failure.
settings.register_profile("dcim", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("dcim")


@pytest.fixture
def live() -> Callable[[bool, str], None]:
    """Skip a live test whose server is missing, or fail where live tests are required (``DCIM_LIVE=require``)."""

    def need(there: bool, what: str) -> None:
        if there:
            return
        if os.environ.get("DCIM_LIVE") == "require":
            pytest.fail(what)
        pytest.skip(what)

    return need
