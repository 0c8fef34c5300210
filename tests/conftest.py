"""What every room's tests share."""

from __future__ import annotations

import gc
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Collection, Generator, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

import dcim.logs  # before anything else has structlog imported: a traceback in a test is text, as in the daemon
import dcim.simulator
from tests.waiting import PATIENCE, free_port, until

# Tests start the program again and again: what was compiled once is kept, whatever the shell says.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# The machines that run this are shared: a slow example is no failure. Every run tries other examples, so a
# run needs few; CI tries more, and DCIM_EXAMPLES=1000 looks longer.
settings.register_profile(
    "dcim",
    max_examples=int(os.environ.get("DCIM_EXAMPLES", "25")),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("dcim")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection(session: pytest.Session) -> Generator[None, object, object]:
    """Keep the thousands of tests out of the search for garbage: not one of them is any before the end."""
    del session
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Spread the tests that mostly wait over the workers, first in each one's share: others fill the time."""
    workers = getattr(config, "workerinput", {}).get("workercount", 1)
    waiting: list[pytest.Item] = []
    others: list[pytest.Item] = []
    for item in items:
        (waiting if item.get_closest_marker("waits") else others).append(item)
    shares = [others[n * len(others) // workers : (n + 1) * len(others) // workers] for n in range(workers)]
    for turn, item in enumerate(waiting):
        shares[turn % workers].insert(turn // workers, item)
    items[:] = [item for share in shares for item in share]
    if os.environ.get("DCIM_LIVE") != "require":
        long = pytest.mark.skip(
            reason="whole daemons, minutes of them: DCIM_LIVE=require make test, as CI does"
        )
        for item in waiting:
            item.add_marker(long)


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


@pytest.fixture
def part_of_casablanca(tmp_path: Path) -> Callable[[Collection[str]], str]:
    """Write the plant file that we ship, with these devices alone, which boot in half a second."""

    def write(kept: Collection[str]) -> str:
        shipped = Path(dcim.simulator.__file__).parent / "plants" / "casablanca.yaml"
        lines = []
        for line in shipped.read_text(encoding="utf-8").splitlines():
            if "speaks:" not in line:
                lines.append(line)
            elif any(f"id: {name}," in line for name in kept):
                lines.append(line.replace("{ id", "{ boot: 0.5, id"))
        file = tmp_path / "small.yaml"
        file.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return str(file)

    return write


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str | None]:
    """A PostgreSQL of this run alone, on a port of its own; None where none is installed."""
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not programs:
        yield None
        return
    folder = Path(
        tempfile.mkdtemp(prefix="dcim-postgresql-")
    )  # its user may not enter the tests' own folders
    as_whom: list[str] = []
    if os.geteuid() == 0:  # it refuses to run as root
        shutil.chown(folder, "postgres")
        as_whom = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
    port = free_port()
    data, program = folder / "data", programs[-1].parent
    init: list[str | Path] = [
        *as_whom,
        program / "initdb",
        "-D",
        data,
        "-A",
        "trust",
        "-U",
        "postgres",
        "--no-sync",
    ]
    subprocess.run([*init, "-E", "UTF8", "--locale=C.UTF-8"], check=True, stdout=subprocess.DEVNULL, cwd="/")
    start: list[str | Path] = [
        *as_whom,
        program / "postgres",
        "-D",
        data,
        "-h",
        "127.0.0.1",
        "-p",
        str(port),
        "-k",
        folder,
    ]
    with (folder / "log").open("wb") as log:
        running = subprocess.Popen([*start, "-c", "fsync=off"], stdout=log, stderr=log, cwd="/")
    url = f"postgresql://postgres@127.0.0.1:{port}/postgres"
    try:
        _answers(url, running)
        yield url
    finally:
        running.terminate()
        running.wait(PATIENCE)
        shutil.rmtree(folder, ignore_errors=True)


def _answers(url: str, running: subprocess.Popen[bytes]) -> None:
    import psycopg  # only who has a PostgreSQL needs it

    def answered() -> bool:
        try:
            psycopg.connect(url).close()
        except psycopg.OperationalError:
            assert running.poll() is None, "PostgreSQL ended at once"
            return False
        return True

    until(answered, "PostgreSQL answers", every=0.05)
