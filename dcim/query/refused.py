"""A query that got no answer, as the API tells it."""

from __future__ import annotations

from dcim.model import DcimError


class Refused(DcimError):
    """Why there is no answer: the ``kind`` of error in Prometheus' words, and what is said of it."""

    def __init__(self, kind: str, why: str) -> None:
        super().__init__(why)
        self.kind = kind
