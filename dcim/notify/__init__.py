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
from dcim.notify.deciding.record import alert_of, record
from dcim.notify.notices.notice import Notice, Site, notice_of
from dcim.notify.notices.told import Child, NoticeKind, Subject, Touched
from dcim.notify.posting.counts import Counts
from dcim.notify.posting.patience import Patience
from dcim.notify.posting.postman import Heard, Postman
from dcim.notify.posting.trial import trial, trial_letters

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
