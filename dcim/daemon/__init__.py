"""Wiring: the rooms put together into one running daemon, and taken apart in order."""

from dcim.daemon.daemon import Daemon
from dcim.daemon.plan import Plan
from dcim.daemon.ports.listening import PortTaken

__all__ = ["Daemon", "Plan", "PortTaken"]
