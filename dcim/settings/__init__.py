"""Config files -> Settings: every mistake at once, secrets by reference."""

from dcim.settings.database import DatabaseShape
from dcim.settings.load import load, survey
from dcim.settings.secrets import Secrets, references, resolve_secrets
from dcim.settings.settings import AlertSettings, Polling, Referring, Retention, Settings, Site
from dcim.settings.stamped import Timestamps

__all__ = [
    "AlertSettings",
    "DatabaseShape",
    "Polling",
    "Referring",
    "Retention",
    "Secrets",
    "Settings",
    "Site",
    "Timestamps",
    "load",
    "references",
    "resolve_secrets",
    "survey",
]
