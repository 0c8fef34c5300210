"""What a device said to one question."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum

from collectors.snmp.engine.value import Value


class ErrorStatus(IntEnum):
    """The error statuses that a reader meets (RFC 3416 3). Others come as plain numbers."""

    NONE = 0
    TOO_BIG = 1
    NO_SUCH_NAME = 2
    BAD_VALUE = 3
    READ_ONLY = 4
    GEN_ERR = 5
    NO_ACCESS = 6
    RESOURCE_UNAVAILABLE = 13
    AUTHORIZATION_ERROR = 16


class Answer:
    """One response: parallel ``oids``, ``values`` and ``tags``, or an error status.

    ``oids`` is the very tuple ``request.oids`` when the answer names exactly the asked OIDs in order, as
    every sane answer to GET does: test ``answer.oids is request.oids`` once instead of comparing each.
    ``error_index`` counts from 1; 0 means the whole. With an error the varbinds are what the device sent:
    often the question, often nothing. ``attempts`` is how many times the question was sent. ``cells`` are the
    values as float64, one behind the other, where all are numbers and somebody has made them already.
    """

    __slots__ = ("attempts", "cells", "error_index", "error_status", "oids", "tags", "values")

    def __init__(
        self,
        oids: Sequence[bytes],
        values: Sequence[Value],
        tags: Sequence[int],
        error_status: int = 0,
        error_index: int = 0,
        attempts: int = 1,
    ) -> None:
        self.oids = oids
        self.values = values
        self.tags = tags
        self.error_status = error_status
        self.error_index = error_index
        self.attempts = attempts
        self.cells = b""
