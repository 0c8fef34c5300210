"""Telling people: notices made from changes, an outbox on disk, and one module a channel.

Change ─▶ record ─▶ Work (facts, alert rows, messages) ─▶ store ─▶ Postman ─▶ Line ─▶ Channel.send
                                                           ▲                            │
                                                           └── delivered, retry, refused ◀┘
"""

from dcim.notify.channel import (
    Channel,
    ChannelPlugin,
    Channels,
    ChannelSettings,
    Context,
    Delivered,
    Letter,
    RefusedForGood,
    RetryAfter,
    Verdict,
)
from dcim.notify.line import Counts
from dcim.notify.notice import Notice, Site, notice_of
from dcim.notify.patience import Patience
from dcim.notify.postman import Postman
from dcim.notify.record import alert_of, record

__all__ = [
    "Channel",
    "ChannelPlugin",
    "ChannelSettings",
    "Channels",
    "Context",
    "Counts",
    "Delivered",
    "Letter",
    "Notice",
    "Patience",
    "Postman",
    "RefusedForGood",
    "RetryAfter",
    "Site",
    "Verdict",
    "alert_of",
    "notice_of",
    "record",
]
