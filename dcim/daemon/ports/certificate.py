"""The certificate of a port, and the one that takes its place: read from its files, without a restart."""

from __future__ import annotations

import asyncio
import ssl
from contextlib import suppress
from pathlib import Path
from typing import Final

import structlog

from dcim.model import DcimError

log = structlog.get_logger()

_LOOK: Final = 60.0
"""Seconds between two looks at whether it was renewed."""


class CertificateUnusable(DcimError):
    """The certificate of a port, or its key, cannot be used."""


class Certificate:
    """Two PEM files, and the context of TLS that stands on them. Raise CertificateUnusable."""

    def __init__(self, certificate: Path, key: Path) -> None:
        self._files = certificate, key
        self._seen = _changed(*self._files)
        try:
            self.context = self._fresh()
        except (OSError, ssl.SSLError) as why:
            msg = f"metrics: {certificate} with {key}: {why}"
            raise CertificateUnusable(msg) from why

    async def renew(self, every: float = _LOOK) -> None:
        """Look every so many seconds until cancelled."""
        while True:
            await asyncio.sleep(every)
            self.look()

    def look(self) -> bool:
        """Take the files if they are others than before and fit each other; say whether.

        Whoever is connected stays so. Files that do not fit, as between the writing of one and of the other,
        leave the certificate before in its place, and are looked at again.
        """
        now = _changed(*self._files)
        if now == self._seen:
            return False
        with suppress(OSError, ssl.SSLError):
            self._fresh()  # a context that is given a key of another certificate is left with none
            self.context.load_cert_chain(*self._files)
            self._seen = now
            log.info("the certificate of the metrics port is another", certificate=str(self._files[0]))
            return True
        return False

    def _fresh(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(*self._files)
        return context


def _changed(*paths: Path) -> tuple[int, ...]:
    return tuple(path.stat().st_mtime_ns if path.exists() else 0 for path in paths)
