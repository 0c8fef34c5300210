"""The fields of a question as Prometheus' API has them: in the address or in a form; times and durations."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Final, NoReturn
from urllib.parse import parse_qsl

from fastapi import Request

from dcim.query.refused import Refused

_DURATION: Final = re.compile(
    r"(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?"
)
_UNITS: Final = (31_536_000_000, 604_800_000, 86_400_000, 3_600_000, 60_000, 1_000, 1)
_LATEST: Final = 7_258_118_400.0  # the year 2200
_SHOWN: Final = 100


class Fields:
    """What was asked for, in the address or in a form."""

    def __init__(self, pairs: Sequence[tuple[str, str]], now: float) -> None:
        self._pairs = pairs
        self._now = now

    @classmethod
    async def of(cls, request: Request, now: float) -> Fields:
        """Read a request."""
        pairs = request.query_params.multi_items()
        if request.method == "POST":
            body = (await request.body()).decode("utf-8", "replace")
            pairs = [*pairs, *parse_qsl(body, keep_blank_values=True)]
        return cls(pairs, now)

    def all(self, name: str) -> list[str]:
        """Return all values of a field."""
        return [value for key, value in self._pairs if key == name]

    def text(self, name: str) -> str:
        """Return the value of a field, empty when it is not there."""
        return next(iter(self.all(name)), "")

    def moment(self, name: str, default: float | None = None) -> int:
        """Return a time as UTC ms. Raise Refused when it is none."""
        said = self.text(name)
        if not said and default is not None:
            return round(default * 1000)
        found = _moment(said)
        if found is None or not 0 <= found <= _LATEST:
            bad(f"invalid parameter {name!r}: cannot parse {said[:_SHOWN]!r} to a valid timestamp")
        return round(found * 1000)

    def between(self) -> None:
        """Refuse ``start`` and ``end`` that are no times, however early or late: every time is asked for."""
        for name in ("start", "end"):
            said = self.text(name)
            if said and _moment(said) is None:
                bad(f"invalid parameter {name!r}: cannot parse {said[:_SHOWN]!r} to a valid timestamp")

    def now(self) -> float:
        """Return the time of the request, UTC seconds."""
        return self._now

    def step(self) -> int:
        """Return how far the steps of a range are apart, in ms. Raise Refused when that is none."""
        said = self.text("step")
        found = _duration(said)
        if found is None:
            bad(f"invalid parameter 'step': cannot parse {said[:_SHOWN]!r} to a valid duration")
        if found <= 0:
            bad(
                "invalid parameter 'step': zero or negative query resolution step widths are not accepted. "
                "Try a positive integer"
            )
        if found < 1:
            bad(f"invalid parameter 'step': {said[:_SHOWN]!r} is less than a millisecond")
        return round(found)


def bad(why: str) -> NoReturn:
    """Refuse a request that makes no sense."""
    kind = "bad_data"
    raise Refused(kind, why)


def _moment(said: str) -> float | None:
    try:
        found = float(said)
        return found if math.isfinite(found) else None
    except ValueError:
        pass
    try:
        given = datetime.fromisoformat(said)
        return given.timestamp() if given.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None


def _duration(said: str) -> float | None:
    """Return a duration in ms: seconds, or as 1h30m."""
    try:
        found = float(said) * 1000
        return found if abs(found) < _LATEST * 1000 else None
    except (ValueError, OverflowError):
        pass
    parts = _DURATION.fullmatch(said[:_SHOWN]) if said else None
    if parts is None:
        return None
    return sum(int(number) * unit for number, unit in zip(parts.groups("0"), _UNITS, strict=True))
