"""Telling people: notices made from changes, an outbox on disk, and one module a channel.

Change ─▶ record ─▶ Work (facts, alert rows, messages) ─▶ store ─▶ Postman ─▶ Line ─▶ Channel.send
                                                           ▲                            │
                                                           └── delivered, retry, refused ◀┘
daily ─▶ trial ─▶ Work (a test message)        Line ─▶ tick ─▶ said again, silences, replies ─▶ Heard
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
    Reply,
    RetryAfter,
    Silence,
    Stage,
    Ticked,
    Ticking,
    Verdict,
)
from dcim.notify.counts import Counts
from dcim.notify.notice import Notice, Site, notice_of
from dcim.notify.patience import Patience
from dcim.notify.postman import Heard, Postman
from dcim.notify.record import alert_of, record
from dcim.notify.told import Child, NoticeKind, Subject, Touched
from dcim.notify.trial import trial, trial_letters

__all__ = [
    "Channel",
    "ChannelPlugin",
    "ChannelSettings",
    "Channels",
    "Child",
    "Context",
    "Counts",
    "Delivered",
    "Heard",
    "Letter",
    "Notice",
    "NoticeKind",
    "Patience",
    "Postman",
    "RefusedForGood",
    "Reply",
    "RetryAfter",
    "Silence",
    "Site",
    "Stage",
    "Subject",
    "Ticked",
    "Ticking",
    "Touched",
    "Verdict",
    "alert_of",
    "notice_of",
    "record",
    "trial",
    "trial_letters",
]
