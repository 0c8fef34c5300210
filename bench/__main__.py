"""``python -m bench [--quick] [--only PART ...] [--write FILE]``: everything, in one run on one machine."""

from __future__ import annotations

import argparse
import importlib.metadata
import os
import shlex
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

from bench import engines, modbus, sites, start, traps
from bench.alone import ALONE
from bench.load import ROOT, Place
from bench.measure import machine
from bench.report import QUICK, Size, Table

_PACKAGES = ("cryptography", "gufo-snmp", "polars", "pymodbus", "pysnmp", "uvloop")


PARTS: Mapping[str, Callable[[Place, Size], Iterator[Table]]] = {
    "engines": engines.measure,
    "path": sites.tables,
    "modbus": modbus.measure,
    "start": start.measure,
    "traps": traps.measure,
    **{one.program: one.measure for one in ALONE},
}


def versions() -> str:
    found = []
    for name in _PACKAGES:
        try:
            found.append(f"{name} {importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            continue
    return ", ".join(found)


def head(words: list[str]) -> str:
    """Return what stands above the tables: what they are, on what, when, and the command that makes them."""
    command = f"make bench ARGS={shlex.quote(' '.join(words))}" if words else "make bench"
    return "\n".join(
        [
            "# Benchmarks",
            "",
            "Made by",
            "",
            "```sh",
            command,
            "```",
            "",
            "which measures and writes this file. CPU is user + system of "
            "the process that polls, all threads. Figures are medians, with the lowest and the highest in "
            "brackets where there are several; repeats are interleaved. Compare ratios, not milliseconds: "
            "they depend on the machine and on what else runs on it. Aims are what the project set itself, "
            "for a machine on which snmp_exporter takes 9 us a varbind.",
            "",
            f"* {datetime.now(UTC):%Y-%m-%d}, {machine()}; load average as it began {os.getloadavg()[0]:.1f}",
            f"* {versions()}",
            "* the load: C agents on thousands of loopback addresses",
            "",
            "",
        ]
    )


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure, beside the peers.")
    parser.add_argument("--quick", action="store_true", help="a short run: that it works, not how fast it is")
    parser.add_argument("--only", nargs="+", choices=list(PARTS), default=list(PARTS), metavar="PART")
    parser.add_argument("--seconds", type=float, help="how long each run of the whole path is watched")
    parser.add_argument("--repeats", type=int, help="how often each engine is measured")
    parser.add_argument("--write", type=Path, default=ROOT / "docs" / "benchmarks.md", metavar="FILE")
    asks = parser.parse_args()
    size = QUICK if asks.quick else Size()
    if asks.seconds or asks.repeats:
        size = size.but(asks.seconds, asks.repeats)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # whatever was started is ended with us
    text = head(sys.argv[1:])
    failed = False
    with tempfile.TemporaryDirectory(prefix="dcim-bench-") as folder:
        for name in asks.only:
            try:
                for table in PARTS[name](Place(Path(folder)), size):
                    print(table, flush=True)
                    text += f"{table}\n"
                    asks.write.write_text(text.rstrip("\n") + "\n", encoding="utf-8")
            except RuntimeError as why:  # the other parts are measured all the same
                print(f"{name}: {why}", file=sys.stderr, flush=True)
                failed = True
    print(f"written to {asks.write}", file=sys.stderr)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
