"""The HTTP side of the daemon: API, live events, health, metrics and the pages. It decides nothing.

``dcim.web.app.build`` makes the application; it is not imported here, since it takes long.
"""

from dcim.web.view.acting import Caller, LinkState, LinkView
from dcim.web.view.channels import ChannelView, HeldBack
from dcim.web.view.view import (
    AlertView,
    DutyView,
    Exchange,
    HealthView,
    Hearing,
    IncidentView,
    Part,
    ServiceView,
    SiteView,
    Subscription,
    View,
    WindowView,
)

__all__ = [
    "AlertView",
    "Caller",
    "ChannelView",
    "DutyView",
    "Exchange",
    "HealthView",
    "Hearing",
    "HeldBack",
    "IncidentView",
    "LinkState",
    "LinkView",
    "Part",
    "ServiceView",
    "SiteView",
    "Subscription",
    "View",
    "WindowView",
]
