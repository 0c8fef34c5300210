"""The HTTP side of the daemon: API, live events, health, metrics and the pages. It only reads."""

from dcim.web.app import build
from dcim.web.guard import Hosts
from dcim.web.view import AlertView, HealthView, Part, SiteView, Subscription, View

__all__ = ["AlertView", "HealthView", "Hosts", "Part", "SiteView", "Subscription", "View", "build"]
