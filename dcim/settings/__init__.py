"""Config files -> Settings: every mistake at once, secrets by reference."""

from dcim.settings.database import DatabaseShape
from dcim.settings.load import load, survey
from dcim.settings.secrets import Secrets, references, resolve_secrets
from dcim.settings.settings import AlertSettings, Polling, Referring, Retention, Settings, Site

__all__ = [
    "AlertSettings",
    "DatabaseShape",
    "Polling",
    "Referring",
    "Retention",
    "Secrets",
    "Settings",
    "Site",
    "load",
    "references",
    "resolve_secrets",
    "survey",
]
