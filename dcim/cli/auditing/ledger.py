"""``dcim ledger``: whether the record holds, where it ends, and who signs it. The daemon may run or not.

    dcim ledger verify --state DIR [--head HEAD]... [--key KEY]... [--json]
    dcim ledger head --state DIR [--json]
    dcim ledger export --out DIR --state DIR [--from DAY --to DAY]    a bundle for an auditor
    dcim ledger verifier                                              the program that checks bundles
    dcim ledger key show|rotate --state DIR

Keep what ``head`` and ``key show`` print somewhere else (a mail, a sheet of paper): given back to ``verify``
they show whether anything up to the head was cut off or rewritten.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Annotated, Any, NoReturn

import typer

from dcim.cli.auditing.evidence import FOUND_PROBLEMS, add_to, public_keys
from dcim.cli.talking.directory import StateDir
from dcim.evidence.inplace import Verified, verify_in_place
from dcim.ledger import Head, NotCanonical
from dcim.store import StoreError, reading

ledger = typer.Typer(
    name="ledger", help="Whether the record of facts holds, and where it ends.", no_args_is_help=True
)
add_to(ledger)


_Json = Annotated[bool, typer.Option("--json", help="One JSON object for scripts.")]
_Heads = Annotated[
    list[str] | None,
    typer.Option("--head", metavar="HEAD", help="A head kept earlier, as 'dcim ledger head' prints it."),
]
_Keys = Annotated[
    list[str] | None,
    typer.Option("--key", metavar="KEY", help="A public key kept earlier: hex, or a file (hex, PEM)."),
]


@ledger.command("verify")
def verify_command(state: StateDir, head: _Heads = None, key: _Keys = None, as_json: _Json = False) -> None:
    """Check facts, signed heads, tables, figures and files of reports: exit 0 when all holds, 1 when not."""
    try:
        kept = [Head.parse(text) for text in head or ()]
    except NotCanonical as error:
        raise typer.BadParameter(str(error), param_hint="--head") from error
    try:
        found = verify_in_place(state, kept, public_keys(key or ()))
    except StoreError as error:
        _give_up(error, as_json)
    if as_json:
        typer.echo(json.dumps(_as_json(found)))
    else:
        for line in _as_text(found):
            typer.echo(line)
    raise typer.Exit(0 if found.report.holds else FOUND_PROBLEMS)


@ledger.command("head")
def head_command(state: StateDir, as_json: _Json = False) -> None:
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


def _as_json(found: Verified) -> dict[str, Any]:
    report = found.report
    return {
        "holds": report.holds,
        "facts": report.entries,
        "head": report.head._asdict() if report.head else None,
        "kept_heads": report.kept,
        "signed_heads": found.heads,
        "signed_up_to": found.covered,
        "signer_known": found.vouched,
        "claims": found.claims,
        "time_stamps": found.stamps,
        "replay": found.replay,
        "files_unlike_issued": [
            {"claim": one.claim, "file": one.name, "is": str(one.flaw), "fact": one.sequence}
            for one in found.unlike
        ],
        "fault_count": report.count,
        "faults": [
            {"kind": fault.kind.value, "sequence": fault.sequence, "what": fault.what}
            for fault in report.faults
        ],
    }


def _as_text(found: Verified) -> Iterator[str]:
    report = found.report
    if found.replay is not None:
        rules, name = found.replay["rules"] or "the recording", found.replay["recording"]
        yield f"no site's own: a replay of the recording {name!r}, with the rules of {rules}"
    for fault in report.faults:
        yield str(fault)
    if report.count > len(report.faults):
        yield f"and {report.count - len(report.faults)} more"
    yield from (f"noted: {one}" for one in found.unlike if not one.grave)
    state = "holds" if report.holds else f"does not hold: {_many(report.count, 'fault')}"
    yield f"{_many(report.entries, 'fact')}: the chain {state}"
    if report.head:
        yield f"head {report.head}"
    heads, figures = _many(found.heads, "signed head"), _many(found.claims, "figure")
    yield f"{heads}, up to fact {found.covered}; {figures} computed again"
    if found.stamps:
        fit = "is of its head" if found.stamps == 1 else "are of their heads"
        yield f"{_many(found.stamps, 'time stamp')} {fit}; that the authority signed: verify.py --tsa"
    if report.holds and not (report.kept or found.vouched):
        yield "no kept head or key was given: a chain cut or computed anew with its end cannot be seen"


def _many(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _give_up(error: StoreError, as_json: bool) -> NoReturn:
    if as_json:
        typer.echo(json.dumps({"error": str(error)}))
    else:
        typer.echo(str(error), err=True)
    raise typer.Exit(FOUND_PROBLEMS) from error
