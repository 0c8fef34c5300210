"""Config files -> Settings: every mistake at once, secrets by reference.

files ─▶ reading (parts in their shapes) ─▶ sections (what refers to what) ─▶ checked (Settings) ─▶ secrets
            └───────── values: times, sizes, hours, names ─────────┘
"""

from dcim.settings.checked.settings import AlertSettings, Polling, Referring, Retention, Settings, Site
from dcim.settings.checked.stamped import Timestamps
from dcim.settings.load import load, survey
from dcim.settings.secrets import Secrets, references, resolve_secrets
from dcim.settings.sections.database import DatabaseShape

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
