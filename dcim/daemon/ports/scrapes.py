"""The port of its own that Prometheus asks: with TLS, a token or a password, and nothing of the page."""

from __future__ import annotations

import asyncio
import socket
from contextlib import AsyncExitStack
from typing import cast

from dcim.daemon.plan import Plan
from dcim.daemon.ports.certificate import Certificate
from dcim.daemon.ports.listening import listen
from dcim.settings import Secrets, Settings
from dcim.settings.sections.metrics import MetricsShape
from dcim.web.view.view import View


class Scrapes:
    """The port, taken before anything is served. Raise ``PortTaken`` and ``CertificateUnusable``."""

    def __init__(self, settings: Settings, secrets: Secrets) -> None:
        assert settings.metrics is not None, "no section metrics"  # noqa: S101  a programming error
        self._shape = cast("MetricsShape", settings.metrics.fields)
        self._settings = settings
        self._secrets = secrets
        certificate, key = self._shape.certificate, self._shape.key
        self.certificate = Certificate(certificate, key) if certificate and key else None
        self.wire: socket.socket = listen(self._shape.listen)

    async def serve(self, view: View) -> None:
        """Serve until cancelled, with the certificate that is on disk, also after it was renewed."""
        from dcim.daemon.ports.server import WebServer  # as in front: the port is open long before it serves
        from dcim.web.api.scrape import scraped
        from dcim.web.entrance.guard import Hosts

        hosts = Hosts(self._shape.listen.host, self._settings.hosts, self._settings.url)
        keys = tuple(_keys(self._shape, self._secrets))
        held = self.certificate
        server = WebServer(scraped(view, hosts, keys), self.wire, tls=held.context if held else None)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(server.serve(), name="metrics port")
            if held is not None:
                tasks.create_task(held.renew(), name="certificate of the metrics port")

    def close(self) -> None:
        """Let the port go."""
        self.wire.close()


def open_scrapes(plan: Plan, stack: AsyncExitStack) -> Scrapes | None:
    """Take the port, if the configuration has one."""
    if plan.settings.metrics is None:
        return None
    scrapes = Scrapes(plan.settings, plan.secrets)
    stack.callback(scrapes.close)
    return scrapes


def _keys(shape: MetricsShape, secrets: Secrets) -> list[str]:
    from dcim.web.api.scrape import basic, bearer

    keys = [] if shape.token is None else [bearer(secrets.values[shape.token])]
    if shape.password is not None:
        keys.append(basic(shape.user, secrets.values[shape.password]))
    return keys
