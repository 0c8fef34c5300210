"""Engines alone, side by side: CPU-ms per 1,000 varbinds, medians of interleaved repeats."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from collections.abc import Iterator

from bench import scraper
from bench.load import ROOT, Missing, Place, agent, agent_v3, exporter
from bench.measure import Spread, interleaved
from bench.report import Size, Table

OURS, GUFO, PYSNMP, EXPORTER = "ours", "gufo-snmp", "pysnmp (our second transport)", "snmp_exporter"
_MODULES = {"get60": "pdu_get60", "get20": "pdu_get20", "bulk": "pdu_bulk"}
_NAMES = {"get60": "GET x 60", "get20": "GET x 20", "bulk": "bulk walk of 240"}
_ENGINES = {OURS: "own", GUFO: "gufo", PYSNMP: "pysnmp"}
_SLOW = {PYSNMP: 25}
"""pysnmp costs hundreds of times as much: it asks so many times fewer devices."""


def measure(place: Place, size: Size) -> Iterator[Table]:
    """Yield the table of v2c and the table of v3, or of each what is missing."""
    for make, name in ((_v2c, "Engines alone, v2c"), (_v3, "Engines alone, v3")):
        try:
            yield make(place, size)
        except Missing as why:
            yield Table(name, (), (), skipped=str(why))


def _v2c(place: Place, size: Size) -> Table:
    rows: dict[str, list[Spread]] = {}
    notes: list[str] = []
    with agent(place) as port:
        for shape in size.shapes:
            found = _side_by_side(place, size, shape, port, "2c", notes)
            for name, spread in found.items():
                rows.setdefault(name, []).append(spread)
    title = f"Engines alone, v2c, CPU-ms per 1,000 varbinds, {size.engine_devices} devices"
    return _table(title, tuple(_NAMES[shape] for shape in size.shapes), rows, notes)


def _v3(place: Place, size: Size) -> Table:
    notes: list[str] = []
    with agent_v3(place) as port:
        found = _side_by_side(place, size, "get60", port, "3", notes)
    title = "Engines alone, v3 authPriv SHA-256/AES-128, CPU-ms per 1,000 varbinds"
    return _table(title, ("GET x 60",), {name: [spread] for name, spread in found.items()}, notes)


def _side_by_side(
    place: Place, size: Size, shape: str, port: int, version: str, notes: list[str]
) -> dict[str, Spread]:
    names = [OURS, PYSNMP]
    if importlib.util.find_spec("gufo") is None:
        _once(notes, "gufo-snmp is left out: not installed (pip install gufo-snmp)")
    else:
        names.append(GUFO)

    def engine(name: str) -> float:
        devices = max(2, size.engine_devices // _SLOW.get(name, 1))
        return _asked(_ENGINES[name], shape, port, devices, size.rounds, version)

    try:
        with exporter(place) as (pid, web):
            module = "v3_get60" if version == "3" else _MODULES[shape]

            def one(name: str) -> float:
                if name != EXPORTER:
                    return engine(name)
                return scraper.measure(pid, web, module, port, size.engine_devices, size.rounds)

            return interleaved([*names, EXPORTER], size.repeats, one)
    except Missing as why:
        _once(notes, f"snmp_exporter is left out: {why}")
        return interleaved(names, size.repeats, engine)


def _asked(engine: str, shape: str, port: int, devices: int, rounds: int, version: str) -> float:
    words = [engine, shape, str(port), str(devices), str(rounds), version]
    done = subprocess.run(
        [sys.executable, "-m", "bench.asker", *words], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    return float(done.stdout.splitlines()[-1])  # above it stand warnings, of a shared engine id


def _table(title: str, columns: tuple[str, ...], rows: dict[str, list[Spread]], notes: list[str]) -> Table:
    ours = rows[OURS]
    lines = [
        (
            name,
            *(str(spread) for spread in spreads),
            *(f"{spread.median / own.median:.1f}" for spread, own in zip(spreads, ours, strict=True)),
        )
        for name, spreads in rows.items()
    ]
    against = tuple(f"{column}: times ours" for column in columns)
    return Table(title, ("engine", *columns, *against), tuple(lines), notes=tuple(notes))


def _once(notes: list[str], note: str) -> None:
    if note not in notes:
        notes.append(note)
