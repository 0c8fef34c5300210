"""A port of its own for Prometheus: the section ``metrics``, with who may ask and the certificate."""

from __future__ import annotations

from ipaddress import ip_address
from pathlib import Path
from types import MappingProxyType
from typing import Final

from pydantic import model_validator

from dcim.secret import SecretRef
from dcim.settings.checked.settings import Referring
from dcim.settings.reading.files import Files
from dcim.settings.values.written import Endpoint
from dcim.yaml import Section

_KEY: Final = "metrics"


class MetricsShape(Section):
    """Where ``/metrics`` is served beside the page; ``certificate`` and ``key`` are files (PEM)."""

    listen: Endpoint
    certificate: Path | None = None
    key: Path | None = None
    token: SecretRef | None = None
    user: str = ""
    password: SecretRef | None = None

    @model_validator(mode="after")
    def _safe(self) -> MetricsShape:
        if (self.certificate is None) != (self.key is None):
            msg = "certificate and key come together"
            raise ValueError(msg)
        if bool(self.user) != (self.password is not None):
            msg = "user and password come together"
            raise ValueError(msg)
        if self.token is None and not self.user and not _is_loopback(self.listen.host):
            msg = "others than this machine can ask here: token, or user and password, are needed"
            raise ValueError(msg)
        return self


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def metrics(files: Files) -> Referring | None:
    """Return the port that the main file names; None when it names none, or a wrong one (noted)."""
    shape = files.section(_KEY, MetricsShape)
    if shape is None:
        return None
    folder = Path(files.main.path).parent
    found: dict[str, Path] = {}
    for name in ("certificate", "key"):
        path = getattr(shape, name)
        if path is not None:
            found[name] = folder / path
            if not found[name].is_file():
                files.reader.note(files.main.problem((_KEY, name), f"no file {str(path)!r} in {folder}"))
    places = {key: files.main.problem((_KEY, key), "") for key in files.main.at((_KEY,))}
    return Referring(_KEY, "listener", shape.model_copy(update=found), MappingProxyType(places))
