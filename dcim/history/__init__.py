"""Every reading, on disk: a log of segments, closed into Parquet; cursors for outputs; queries."""

from dcim.history.caretaker import Made
from dcim.history.closed import ClosedFile, ClosedSet
from dcim.history.cursor import Cursor, Portion
from dcim.history.durable import Disk, HistoryError, HistoryLocked, NotClosed, NotCommitted
from dcim.history.frame import GAP_CODES, GAP_REASONS, GAP_UNSAID, SCHEMA
from dcim.history.history import Counts, History, Seams
from dcim.history.lines import Described
from dcim.history.query import BUCKETS, ROWS
from dcim.history.segment import Position
from dcim.history.writer import Limits

__all__ = [
    "BUCKETS",
    "GAP_CODES",
    "GAP_REASONS",
    "GAP_UNSAID",
    "ROWS",
    "SCHEMA",
    "ClosedFile",
    "ClosedSet",
    "Counts",
    "Cursor",
    "Described",
    "Disk",
    "History",
    "HistoryError",
    "HistoryLocked",
    "Limits",
    "Made",
    "NotClosed",
    "NotCommitted",
    "Portion",
    "Position",
    "Seams",
]
