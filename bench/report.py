"""What a run says: tables, as markdown and on the terminal."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured. A quick run shows that everything works; its figures mean little."""

    shapes: tuple[str, ...] = ("get60", "get20", "bulk")
    engine_devices: int = 500
    rounds: int = 5
    repeats: int = 5
    path_devices: tuple[int, ...] = (100, 1000, 5000)
    path_seconds: float = 60.0
    path_warm: float = 20.0
    path_tables: tuple[str, ...] = ("growth", "v3", "dead")
    v3_devices: tuple[int, ...] = (5000,)
    late_devices: int = 5000
    busy_devices: int = 1000
    dead: int = 300
    modbus_devices: int = 200
    modbus_rounds: int = 20
    starts: int = 5
    start_sites: tuple[int, ...] = (0, 100)  # devices
    start_states: tuple[str, ...] = ("first start", "again")
    flood_devices: int = 1000
    flood_rate: float = 20_000.0  # traps a second
    flood_seconds: float = 10.0
    is_quick: bool = False

    def but(self, seconds: float | None, repeats: int | None) -> Size:
        """Return this size with another length of the path's runs, or another number of repeats."""
        return replace(self, path_seconds=seconds or self.path_seconds, repeats=repeats or self.repeats)


QUICK = Size(
    shapes=("get60",),
    engine_devices=10,
    rounds=1,
    repeats=1,
    path_devices=(5,),
    path_seconds=2.0,
    path_warm=1.0,
    path_tables=("growth", "v3"),
    v3_devices=(5,),
    modbus_devices=3,
    modbus_rounds=2,
    late_devices=0,
    busy_devices=0,
    starts=1,
    start_sites=(3,),
    start_states=("again",),
    flood_devices=5,
    flood_rate=2000.0,
    flood_seconds=0.5,
    is_quick=True,
)


@dataclass(frozen=True, slots=True)
class Table:
    """One table, or why there is none."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()
    skipped: str = ""

    def __str__(self) -> str:
        lines = [f"## {self.title}", ""]
        if self.skipped:
            return "\n".join([*lines, f"Skipped: {self.skipped}.", ""])
        lines += [_row(self.columns), _row(("---",) * len(self.columns)), *map(_row, self.rows), ""]
        for note in self.notes:
            lines += [note, ""]
        return "\n".join(lines)


def _row(cells: tuple[str, ...]) -> str:
    return f"| {' | '.join(cells)} |"
