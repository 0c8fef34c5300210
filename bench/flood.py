"""Sends traps at a pace, as a process of its own.

    python -m bench.flood FROM PORT RATE SECONDS      prints how many it sent

Plain v2c traps to 127.0.0.1 from one address of loopback.
"""

from __future__ import annotations

import socket
import sys
import time

from pyasn1.codec.ber import encoder
from pysnmp.proto.api import v2c

_BURST = 0.01  # seconds between two bursts


def trap() -> bytes:
    """Return a trap that says that a UPS is on battery."""
    pdu, message = v2c.SNMPv2TrapPDU(), v2c.Message()
    v2c.apiPDU.set_defaults(pdu)
    on_battery = v2c.ObjectIdentifier((1, 3, 6, 1, 4, 1, 318, 0, 5))
    names = (1, 3, 6, 1, 2, 1, 1, 3, 0), (1, 3, 6, 1, 6, 3, 1, 1, 4, 1, 0)
    values = v2c.TimeTicks(700), on_battery
    v2c.apiPDU.set_varbinds(pdu, list(zip(map(v2c.ObjectIdentifier, names), values, strict=True)))
    v2c.apiMessage.set_defaults(message)
    v2c.apiMessage.set_community(message, "public")
    v2c.apiMessage.set_pdu(message, pdu)
    return bytes(encoder.encode(message))


def flood(sender: str, port: int, rate: float, seconds: float) -> int:
    """Send so many a second for so long; return how many left."""
    message, sent, began = trap(), 0, time.monotonic()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as wire:
        wire.bind((sender, 0))
        wire.connect(("127.0.0.1", port))
        while (past := time.monotonic() - began) < seconds:
            while sent <= rate * past:
                wire.send(message)
                sent += 1
            time.sleep(_BURST)
    return sent


def main() -> None:
    sender, port, rate, seconds = sys.argv[1:]
    print(flood(sender, int(port), float(rate), float(seconds)))


if __name__ == "__main__":
    main()
