"""The command line: one module a command, imported only when it is the one that was asked for."""

from __future__ import annotations

import csv
import gc
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Final

import typer

from dcim import logs  # first, so that structlog comes without what it does not need
from dcim.model import DcimError

COMMANDS: Final[dict[str, str]] = {
    "demo": "dcim.cli.running.demo",
    "run": "dcim.cli.running.run",
    "check": "dcim.cli.running.check",
    "rules": "dcim.cli.rehearsing.rules",
    "probe": "dcim.cli.onboarding.probe",
    "discover": "dcim.cli.onboarding.discover",
    "decode": "dcim.cli.onboarding.decode",
    "profiles": "dcim.cli.onboarding.profiles",
    "status": "dcim.cli.duty.status",
    "alerts": "dcim.cli.duty.alerts",
    "explain": "dcim.cli.duty.explain",
    "whatif": "dcim.cli.duty.whatif",
    "place": "dcim.cli.duty.place",
    "ack": "dcim.cli.duty.ack",
    "shelve": "dcim.cli.duty.shelve",
    "unshelve": "dcim.cli.duty.shelve",
    "out-of-service": "dcim.cli.duty.shelve",
    "in-service": "dcim.cli.duty.shelve",
    "maintenance": "dcim.cli.duty.maintenance",
    "oncall": "dcim.cli.duty.oncall",
    "notify": "dcim.cli.duty.notify",
    "report": "dcim.cli.auditing.report",
    "reclassify": "dcim.cli.auditing.reclassify",
    "query": "dcim.cli.auditing.query",
    "history": "dcim.cli.auditing.history",
    "ledger": "dcim.cli.auditing.ledger",
    "people": "dcim.cli.auditing.people",
    "backup": "dcim.cli.auditing.backup",
    "record": "dcim.cli.rehearsing.record",
    "replay": "dcim.cli.rehearsing.replay",
    "prometheus": "dcim.cli.outside.prometheus",
    "grafana": "dcim.cli.outside.grafana",
    "simulate": "dcim.cli.running.simulate",
}
"""Command and its module; the module has a function or a Typer of the command's name."""

HELP: Final = "Watch the power and cooling of a data centre."


def build(names: list[str]) -> typer.Typer:
    """Return the application with these commands and no others imported."""
    app = _root()
    for name in names:
        command = getattr(import_module(COMMANDS[name]), name.replace("-", "_"))
        if isinstance(command, typer.Typer):
            app.add_typer(command, name=name)
        else:
            app.command(name)(command)
    return app


def listed() -> typer.Typer:
    """Return the application that says what there is and does nothing: no command is imported for that."""
    app = _root()
    with Path(__file__).with_name("commands.tsv").open(encoding="utf-8", newline="") as file:
        for name, text in csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            app.command(name, help=text)(_nothing)
    return app


def _nothing() -> None:
    """Stand for a command in a list. Nobody can ask for it: who names a command gets that one."""


def _root() -> typer.Typer:
    app = typer.Typer(
        name="dcim", help=HELP, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False
    )

    @app.callback(invoke_without_command=True)
    def root(
        version: bool = typer.Option(False, "--version", is_eager=True, help="Print the version and end."),
    ) -> None:
        if version:
            from dcim import __version__

            typer.echo(f"dcim {__version__}")
            raise typer.Exit

    return app


_INTERRUPTED: Final = 130
"""How a shell expects a program to end on Ctrl-C: 128 and the number of the signal."""


def main() -> None:
    """Run the command line. Exit codes: 0 fine, 1 it found problems, 2 wrong usage, 3 no daemon.

    An error that is raised on purpose is words on stderr and exit code 1; only a bug shows a traceback.
    Ctrl-C ends it without a word, from the first moment on.
    """
    try:
        _run()
    except KeyboardInterrupt:
        sys.exit(_INTERRUPTED)
    finally:
        gc.freeze()  # what it holds goes with it: a last look for garbage costs a tenth of a second


def _run() -> None:
    logs.configure(sys.stderr)  # what a command prints is for whoever reads it: no event stands between
    asked = next((word for word in sys.argv[1:] if not word.startswith("-")), "")
    said: list[str] = []
    try:
        (imported([asked]) if asked in COMMANDS else listed())()
    except* DcimError as errors:
        said = [str(error) for error in leaves(errors)]
    for text in said:
        typer.echo(f"dcim: {text}", err=True)
    if said:
        sys.exit(1)


def imported(names: list[str]) -> typer.Typer:
    """Return the application; no garbage is looked for in what imports make, all of which stays."""
    gc.disable()
    app = build(names)
    gc.freeze()
    gc.enable()
    return app


def leaves(group: BaseExceptionGroup[DcimError]) -> Iterator[DcimError]:
    """Yield the errors in a group and in the groups inside it."""
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from leaves(error)
        else:
            yield error
