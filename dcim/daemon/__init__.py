"""Wiring: the rooms put together into one running daemon, and taken apart in order."""

from dcim.daemon.daemon import Daemon
from dcim.daemon.listening import PortTaken
from dcim.daemon.plan import Plan

__all__ = ["Daemon", "Plan", "PortTaken"]
