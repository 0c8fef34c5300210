"""A process that writes readings into a history and feeds outputs from it, until it is told to end or killed.

python feeding.py JOB.json     {"state", "first", "outputs": [{"name", "type", ...}], "token"}
It says a number after each commit: the next one that it will write; "drained" when all outputs have everything.
"""

import asyncio
import json
import sys
from array import array
from pathlib import Path

import structlog

from dcim import plugins
from dcim.clock import SystemClock
from dcim.history import History
from dcim.model import Address, Asset, Batch, Kind, Lane, Layout, Meaning, Point, canonical, state_code
from dcim.outputs.book import Book
from dcim.outputs.contract import Context
from dcim.outputs.runner import Runner
from dcim.outputs.worker import Worker

WORDS = {state_code(word): Meaning(word) for word in ("normal", "battery")}
DEVICES = 20
STEP = 0.02


def assets():
    names = [f"ups-{number}" for number in range(DEVICES)]
    return {
        name: Asset(name, name, Kind.UPS, "snmp", Address("h"), site="cas1", room="r 1,=") for name in names
    }


def layout(asset):
    points = (
        Point(asset, "ups_battery_charge_ratio"),
        Point(asset, "ups_output_source_state"),
        *(Point(asset, "ups_input_voltage_volts", canonical({"phase": f"L{n}"})) for n in (1, 2, 3)),
    )
    return Layout(asset, Lane.FAST, points, (None, WORDS, None, None, None), ("x",) * len(points))


async def feed(job):
    clock, state = SystemClock(), Path(job["state"])
    history = History.open(state / "history", clock)
    book = Book(assets(), history.describe_all)
    layouts = [layout(asset) for asset in assets()]
    runners = []
    for part in job["outputs"]:
        plugin = plugins.outputs()[part["type"]]
        shape = plugin.settings_type(
            start="oldest", **{key: value for key, value in part.items() if key not in ("name", "type")}
        )
        context = Context(
            part["name"], "cas1", lambda _ref: job["token"], state / "outputs" / part["name"], clock
        )
        cursor = history.cursor(f"output-{part['name']}", from_start=True)
        runners.append(Runner(Worker(cursor, plugin.open(shape, context), book, shape, context)))
    for runner in runners:
        runner.start()
    loop, number = asyncio.get_running_loop(), job["first"]
    ended = loop.run_in_executor(None, sys.stdin.readline)
    while not ended.done():
        at = clock.now()
        for lay in layouts:
            word = "battery" if number % 7 == 0 else "normal"
            values = [
                number % 100 / 100,
                state_code(word),
                230.0,
                231.5,
                number / 8,
            ]  # exact also in a database of decimals
            history.append(Batch(lay, at, array("d", values)))
        await history.commit()
        number += 1
        print(number, flush=True)
        await asyncio.sleep(STEP)
    while any(runner.worker._queue.lag() for runner in runners):
        await asyncio.sleep(0.05)
    for runner in runners:
        runner.ask_to_stop()
        runner.join()
    tallies = {
        runner.worker.name: [runner.tally().readings, runner.tally().refused, runner.tally().why]
        for runner in runners
    }
    print(json.dumps({"drained": tallies}), flush=True)
    await history.aclose()


structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
asyncio.run(feed(json.loads(Path(sys.argv[1]).read_text())))
