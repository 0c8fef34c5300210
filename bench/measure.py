"""What is measured and how: processor time of processes, memory, medians.

The clock of a process counts user + system of all its threads, in nanoseconds, and nothing of its children.
"""

from __future__ import annotations

import os
import platform
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path


def cpu_of(pid: int) -> float:
    """Return the processor seconds that a process has used since it began."""
    return time.clock_gettime((~pid << 3) | 2)  # linux: the CPU clock of another process


def memory_of(pid: int) -> float:
    """Return the resident megabytes of a process now."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


@dataclass(frozen=True, slots=True)
class Spread:
    """Several measurements of one thing."""

    values: tuple[float, ...]

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    def __str__(self) -> str:
        low, high = min(self.values), max(self.values)
        return f"{self.median:.3g}" if low == high else f"{self.median:.3g} ({low:.3g} to {high:.3g})"


def interleaved(names: Sequence[str], repeats: int, measure: Callable[[str], float]) -> dict[str, Spread]:
    """Measure each name in turn, over and over, so that a noisy minute hits all of them."""
    found: dict[str, list[float]] = {name: [] for name in names}
    for _ in range(repeats):
        for name in names:
            found[name].append(measure(name))
    return {name: Spread(tuple(values)) for name, values in found.items()}


def machine() -> str:
    """Describe this machine without saying which one it is."""
    model = "unknown processor"
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
            break
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    system = f"{platform.system()} {platform.release().split('-')[0]}, Python {platform.python_version()}"
    return f"{os.cpu_count()} x {model}, {memory:.0f} GB, {system}"
