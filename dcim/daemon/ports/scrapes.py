"""The port of its own that Prometheus asks: with TLS, a token or a password, and nothing of the page."""

from __future__ import annotations

import asyncio
import socket
import ssl
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import Final, cast

import structlog

from dcim.daemon.plan import Plan
from dcim.daemon.ports.listening import listen
from dcim.model import DcimError
from dcim.settings import Secrets, Settings
from dcim.settings.metrics import MetricsShape
from dcim.web.view import View

log = structlog.get_logger()

_LOOK: Final = 60.0
"""Seconds between two looks at whether the certificate was renewed."""


class CertificateUnusable(DcimError):
    """The certificate of the metrics port, or its key, cannot be used."""


class Scrapes:
    """The port, taken before anything is served. Raise ``PortTaken`` and ``CertificateUnusable``."""

    def __init__(self, settings: Settings, secrets: Secrets) -> None:
        assert settings.metrics is not None, "no section metrics"  # noqa: S101  a programming error
        self._shape = cast("MetricsShape", settings.metrics.fields)
        self._settings = settings
        self._secrets = secrets
        self._tls = self._context()
        self.wire: socket.socket = listen(self._shape.listen)

    async def serve(self, view: View) -> None:
        """Serve until cancelled, with the certificate that is on disk, also after it was renewed."""
        from dcim.daemon.ports.server import WebServer  # as in front: the port is open long before it serves
        from dcim.web.guard import Hosts
        from dcim.web.scrape import scraped

        hosts = Hosts(self._shape.listen.host, self._settings.hosts, self._settings.url)
        keys = tuple(_keys(self._shape, self._secrets))
        server = WebServer(scraped(view, hosts, keys), self.wire, tls=self._tls)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(server.serve(), name="metrics port")
            if self._tls is not None:
                tasks.create_task(self._renew(self._tls), name="certificate of the metrics port")

    def close(self) -> None:
        """Let the port go."""
        self.wire.close()

    def _context(self) -> ssl.SSLContext | None:
        if self._shape.certificate is None or self._shape.key is None:
            return None
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        try:
            context.load_cert_chain(self._shape.certificate, self._shape.key)
        except (OSError, ssl.SSLError) as why:
            msg = f"metrics: {self._shape.certificate} with {self._shape.key}: {why}"
            raise CertificateUnusable(msg) from why
        return context

    async def _renew(self, context: ssl.SSLContext) -> None:
        """Take a new certificate when its files change; a pair that does not fit is tried again."""
        certificate, key = cast("Path", self._shape.certificate), cast("Path", self._shape.key)
        seen = _changed(certificate, key)
        while True:
            await asyncio.sleep(_LOOK)
            now = _changed(certificate, key)
            if now == seen:
                continue
            with suppress(OSError, ssl.SSLError):
                context.load_cert_chain(certificate, key)
                seen = now
                log.info("the certificate of the metrics port is another", certificate=str(certificate))


def open_scrapes(plan: Plan, stack: AsyncExitStack) -> Scrapes | None:
    """Take the port, if the configuration has one."""
    if plan.settings.metrics is None:
        return None
    scrapes = Scrapes(plan.settings, plan.secrets)
    stack.callback(scrapes.close)
    return scrapes


def _keys(shape: MetricsShape, secrets: Secrets) -> list[str]:
    from dcim.web.scrape import basic, bearer

    keys = [] if shape.token is None else [bearer(secrets.values[shape.token])]
    if shape.password is not None:
        keys.append(basic(shape.user, secrets.values[shape.password]))
    return keys


def _changed(*paths: Path) -> tuple[int, ...]:
    return tuple(path.stat().st_mtime_ns if path.exists() else 0 for path in paths)
