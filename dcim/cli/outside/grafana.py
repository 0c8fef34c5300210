"""``dcim grafana render``: dashboards and provisioning of Grafana with the names of a site.

dcim grafana render --out DIR [-c FILE] [--lang fr] [--source prometheus|dcim|influxdb]
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final
from urllib.parse import urlsplit

import typer

from dcim import plugins
from dcim.alerts import Language
from dcim.grafana import Foreign, Names, Place, Source, render
from dcim.record import replace
from dcim.settings import Settings, load

HERE: Final = Place()
"""Everything on one machine."""
_EVERYWHERE: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  nobody listens here
"""Where a daemon is reached that listens on every address of the machine."""

grafana = typer.Typer(name="grafana", help="Dashboards for Grafana.", no_args_is_help=True)


@grafana.callback()
def root() -> None:
    """Dashboards and provisioning for Grafana."""


@grafana.command("render")
def render_command(  # noqa: PLR0913  each is an option that people type
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="The folder to write into.")],
    config: Annotated[
        Path | None,
        typer.Option("-c", "--config", metavar="FILE", help="The site's configuration."),
    ] = None,
    lang: Annotated[
        Language | None, typer.Option("--lang", help="Of dashboards; that of the site by default.")
    ] = None,
    source: Annotated[
        Source, typer.Option("--source", help="Whom they ask; dcim: the daemon itself.")
    ] = Source.PROMETHEUS,
    prometheus: Annotated[
        str, typer.Option("--prometheus", metavar="URL", help="Where Grafana reaches Prometheus.")
    ] = HERE.prometheus,
    influxdb: Annotated[
        str, typer.Option("--influxdb", metavar="URL", help="Where Grafana reaches InfluxDB.")
    ] = HERE.influxdb,
    database: Annotated[
        str,
        typer.Option("--database", metavar="NAME", help="Database, or its name in a DBRP mapping."),
    ] = HERE.database,
) -> None:
    """Write dashboards and provisioning; Grafana then needs nothing but this folder.

    What this command wrote is written anew; a file that it did not write is left as it is.
    """
    for option, address in (("--prometheus", prometheus), ("--influxdb", influxdb)):
        _is_address(option, address)
    settings = load(config, plugins.collectors(), plugins.channel_types()) if config else None
    language = lang or (Language(settings.site.language) if settings else Language.EN)
    place = Place(_reached(settings), prometheus.rstrip("/"), influxdb.rstrip("/"), database)
    try:
        written = render(out, _names(settings), place, source, language)
    except Foreign as path:
        msg = f"{path} was not written by this command, and is left as it is: name another folder"
        raise typer.BadParameter(msg, param_hint="--out") from path
    except OSError as why:
        typer.echo(f"dcim: {why.filename or out}: cannot be written: {why.strerror}", err=True)
        raise typer.Exit(1) from why
    where = out.resolve() / "provisioning"
    typer.echo(f"{out}: {len(written)} files; point Grafana's provisioning at {where}")


def _is_address(option: str, address: str) -> None:
    """Raise BadParameter for what is no address over HTTP."""
    try:
        parts = urlsplit(address)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if not good:
        msg = f"expected an address such as {HERE.prometheus}, found {address!r}"
        raise typer.BadParameter(msg, param_hint=option)


def _reached(settings: Settings | None) -> str:
    """Return where Grafana reaches the daemon: where it listens, which is on the same machine."""
    if settings is None:
        return HERE.dcim
    listen = settings.listen
    return f"http://{replace(listen, host=_EVERYWHERE.get(listen.host, listen.host))}"


def _names(settings: Settings | None) -> Names:
    if settings is None:
        return Names()
    site = settings.site
    return Names(
        site=site.name,
        sites={site.id: site.name},
        rooms=settings.rooms,
        devices={asset.id: asset.name for asset in settings.assets if asset.name != asset.id},
        time_zone=site.time_zone,
        url=settings.url or _reached(settings),
    )
