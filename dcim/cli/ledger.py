"""``dcim ledger``: whether the record holds, and where it ends. Reads only; the daemon may run or not.

    dcim ledger verify --state DIR [--head HEAD]... [--json]
    dcim ledger head --state DIR [--json]

Keep what ``head`` prints somewhere else (a mail, a sheet of paper): given back to ``verify`` it shows whether
anything up to it was cut off or rewritten.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from dcim.ledger import Head, NotCanonical
from dcim.store import Report, StoreError, reading, verify

FOUND_PROBLEMS = 1

ledger = typer.Typer(
    name="ledger", help="Whether the record of facts holds, and where it ends.", no_args_is_help=True
)

_State = Annotated[Path, typer.Option("--state", metavar="DIR", help="The state directory of the daemon.")]
_Json = Annotated[bool, typer.Option("--json", help="One JSON object for scripts.")]
_Heads = Annotated[
    list[str] | None,
    typer.Option("--head", metavar="HEAD", help="A head kept earlier, as 'dcim ledger head' prints it."),
]


@ledger.command("verify")
def verify_command(state: _State, head: _Heads = None, as_json: _Json = False) -> None:
    """Check every fact against its chain and against kept heads: exit 0 when it holds, 1 when not."""
    try:
        kept = [Head.parse(text) for text in head or ()]
    except NotCanonical as error:
        raise typer.BadParameter(str(error), param_hint="--head") from error
    try:
        report = verify(state, *kept)
    except StoreError as error:
        _give_up(error, as_json)
    if as_json:
        typer.echo(json.dumps(_as_json(report)))
    else:
        for line in _as_text(report):
            typer.echo(line)
    raise typer.Exit(0 if report.holds else FOUND_PROBLEMS)


@ledger.command("head")
def head_command(state: _State, as_json: _Json = False) -> None:
    """Print where the chain ends, as one line to keep: exit 0, or 1 when there is none."""
    try:
        with reading(state) as reads:
            head = reads.head()
    except StoreError as error:
        _give_up(error, as_json)
    if head is None:
        typer.echo("null" if as_json else "the ledger is empty", err=not as_json)
        raise typer.Exit(FOUND_PROBLEMS)
    typer.echo(json.dumps(head._asdict()) if as_json else str(head))


def _as_json(report: Report) -> dict[str, Any]:
    return {
        "holds": report.holds,
        "facts": report.entries,
        "head": report.head._asdict() if report.head else None,
        "kept_heads": report.kept,
        "fault_count": report.count,
        "faults": [
            {"kind": fault.kind.value, "sequence": fault.sequence, "what": fault.what}
            for fault in report.faults
        ],
    }


def _as_text(report: Report) -> Iterator[str]:
    for fault in report.faults:
        yield str(fault)
    if report.count > len(report.faults):
        yield f"and {report.count - len(report.faults)} more"
    state = "holds" if report.holds else f"does not hold: {report.count} faults"
    yield f"{report.entries} facts: the chain {state}"
    if report.head:
        yield f"head {report.head}"
    if report.holds and not report.kept:
        yield "no kept head was given: a chain cut or computed anew together with its end cannot be seen"


def _give_up(error: StoreError, as_json: bool) -> NoReturn:
    if as_json:
        typer.echo(json.dumps({"error": str(error)}))
    else:
        typer.echo(str(error), err=True)
    raise typer.Exit(FOUND_PROBLEMS) from error
