"""``dcim prometheus``: our rules for those who alert from Prometheus.

dcim prometheus rules [-c FILE | --rules FILE...] [--lang fr] [--out FILE] [--tests FILE] [--job NAME]
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

from dcim import plugins
from dcim.alerts import Language, RuleSet, read_rules
from dcim.promrules import Wish, is_generated, rule_file, unit_tests, unsaid, unsayable
from dcim.record import replace
from dcim.settings import Settings, load

INTERVAL: Final = 10.0
"""Seconds between two polls where no configuration says it."""

prometheus = typer.Typer(name="prometheus", help="Rules for Prometheus.", no_args_is_help=True)


@prometheus.callback()
def root() -> None:
    """Rules for Prometheus, generated from ours."""


@prometheus.command("rules")
def rules_command(
    config: Annotated[
        Path | None, typer.Option("-c", "--config", metavar="FILE", help="The site's configuration.")
    ] = None,
    rule_files: Annotated[
        list[Path] | None,
        typer.Option("--rules", metavar="FILE", help="A file beside the shipped ones."),
    ] = None,
    lang: Annotated[
        Language | None, typer.Option("--lang", help="Of annotations; that of the site by default.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Write here instead of to the terminal.")
    ] = None,
    tests: Annotated[
        Path | None, typer.Option("--tests", metavar="FILE", help="Write unit tests for promtool here too.")
    ] = None,
    job: Annotated[str, typer.Option("--job", help="The job that scrapes the daemon.")] = "dcim",
) -> None:
    """Print recording and alerting rules; those that Prometheus cannot be asked are named with the reason.

    A file that this command wrote is written anew; another one is left as it is.
    """
    _check_places(out, tests)
    found, settings = _rules(config, rule_files)
    rules = list(found.rules.values())
    changed = frozenset(one.rule for one in found.overrides)
    wish = replace(_wish(settings, lang, job), changed=changed)
    text = rule_file(rules, wish)
    if out is None:
        typer.echo(text, nl=False)
        return
    _write(out, text)
    if tests is not None:
        _write(tests, unit_tests(rules, wish, str(out.resolve())))
    lost = unsayable(rules)
    typer.echo(f"{out}: {len(rules) - len(lost)} of {len(rules)} rules")
    for name, why in sorted(unsaid(rules, wish).items()):
        typer.echo(f"  not said: {name}: {why}")


def _check_places(out: Path | None, tests: Path | None) -> None:
    """Refuse places that hold no files of ours, before anything is made. Raise BadParameter."""
    if tests is not None and out is None:
        msg = "tests name the file of rules that they test: give --out as well"
        raise typer.BadParameter(msg, param_hint="--tests")
    if out is not None and tests is not None and out.resolve() == tests.resolve():
        msg = "rules and their tests are two files"
        raise typer.BadParameter(msg, param_hint="--tests")
    for option, path in (("--out", out), ("--tests", tests)):
        if path is not None and not _is_ours(path):
            msg = f"{path} was not written by this command, and is left as it is: name another file"
            raise typer.BadParameter(msg, param_hint=option)


def _is_ours(path: Path) -> bool:
    """Whether a file may be written: none is there, or one that this command wrote."""
    try:
        return not path.is_file() or is_generated(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError:
        return False
    except OSError as why:
        raise _unwritable(path, why) from why


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as why:
        raise _unwritable(path, why) from why


def _unwritable(path: Path, why: OSError) -> typer.Exit:
    typer.echo(f"dcim: {path}: cannot be written: {why.strerror}", err=True)
    return typer.Exit(1)


def _rules(config: Path | None, rule_files: list[Path] | None) -> tuple[RuleSet, Settings | None]:
    if config is None:
        return read_rules(rule_files or []), None
    if rule_files:
        msg = "the configuration names the rules of the site: either -c or --rules"
        raise typer.BadParameter(msg)
    settings = load(config, plugins.collectors(), plugins.channel_types())
    ids = [asset.id for asset in settings.assets]
    return read_rules(
        settings.alerts.rules,
        ids,
        shipped=settings.alerts.default_rules,
        runbooks=settings.alerts.runbooks,
        limits=settings.redundancy.limits,
    ), settings


def _wish(settings: Settings | None, lang: Language | None, job: str) -> Wish:
    if settings is None:
        return Wish(lang or Language.EN, job, INTERVAL)
    slowest = max((asset.interval for asset in settings.assets), default=INTERVAL)
    return Wish(lang or Language(settings.site.language), job, slowest, settings.url, settings.site.id)
