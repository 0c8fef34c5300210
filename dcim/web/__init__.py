"""The HTTP side of the daemon: API, live events, health, metrics and the pages. It only reads.

``dcim.web.app.build`` makes the application; it is not imported here, since it takes long.
"""

from dcim.web.channels import ChannelView, HeldBack
from dcim.web.view import (
    AlertView,
    Exchange,
    HealthView,
    Hearing,
    Part,
    ServiceView,
    SiteView,
    Subscription,
    View,
)

__all__ = [
    "AlertView",
    "ChannelView",
    "Exchange",
    "HealthView",
    "Hearing",
    "HeldBack",
    "Part",
    "ServiceView",
    "SiteView",
    "Subscription",
    "View",
]
