"""Programs that read alike, for many devices at once: a row of cells each, column by column. Pure.

    cells of each device, a row of float64 ──▶ numbers by arithmetic ─┐
                                          └──▶ states by their codes ─┴─▶ readings; which rows are whole

A row is whole where every reading is a value and no cell leaves a doubt. Of the others nothing is said here:
``Program.decode`` says what they are, and why.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Final, TypeAlias

from collectors.snmp.decoding.arithmetic import Arithmetic
from dcim.late import np

if TYPE_CHECKING:
    from numpy.typing import NDArray

Codes: TypeAlias = "tuple[tuple[int | str, float], ...]"
"""The codes of a state, each with what is read of it."""

Absent: TypeAlias = tuple[int, frozenset[int | float | str]]

EXACT: Final = 2**53
"""Whole numbers below this are themselves as float64; a cell beyond it leaves a doubt."""


class Columns:
    """The readings of a layout that has nothing but numbers and, behind them, states.

    ``absent``: cells of numbers that mean absent though they lie in the range, by the place of the cell.
    """

    def __init__(self, arithmetic: Arithmetic, codes: Sequence[Codes], absent: Sequence[Absent]) -> None:
        self._arithmetic = arithmetic
        self._width = len(arithmetic) + len(codes)
        self._codes = [_sorted(one) for one in codes]
        self._absent = [(at, np.array(sorted(_numbers(one)), dtype=np.float64)) for at, one in absent]

    def read(self, rows: Sequence[bytes]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Return the readings of each row, and which rows are whole; a row may go on behind its cells."""
        cells = np.frombuffer(b"".join(rows)).reshape(len(rows), -1)[:, : self._width]
        numbers = len(self._arithmetic)
        found = np.empty((len(rows), self._width))
        found[:, :numbers], inside = self._arithmetic.columns(cells[:, :numbers])
        whole: NDArray[np.bool_] = np.logical_and.reduce(inside, axis=1)
        whole &= (np.abs(cells) < EXACT).all(axis=1)
        for at, codes in self._absent:
            whole &= ~np.isin(cells[:, at], codes)
        for column, (codes, said) in enumerate(self._codes, numbers):
            place = np.searchsorted(codes, cells[:, column]).clip(max=len(codes) - 1)
            found[:, column] = said[place]
            whole &= codes[place] == cells[:, column]
        return found, whole


@lru_cache(1024)
def columns(arithmetic: Arithmetic, codes: tuple[Codes, ...], absent: tuple[Absent, ...]) -> Columns:
    """Return the columns of a layout: the same object for all devices that are read alike."""
    return Columns(arithmetic, codes, absent)


def _sorted(codes: Codes) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the codes that are numbers in their order, with what each says; one that no cell is if none."""
    known = sorted((code, said) for code, said in codes if isinstance(code, int)) or [(EXACT, 0.0)]
    return np.array([code for code, _ in known], dtype=np.float64), np.array([said for _, said in known])


def _numbers(absent: frozenset[int | float | str]) -> list[int | float]:
    return [one for one in absent if isinstance(one, int | float)]
