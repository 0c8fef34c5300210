"""A transport around another: the tap of ``dcim probe --record`` and the witness of a recording are such."""

from __future__ import annotations

from collectors.modbus.transport.contract import Transport


class Around:
    """Opens, closes and asks for the state of the transport inside; who derives from it reads through it."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    @property
    def connected(self) -> bool:
        """Whether questions can be asked."""
        return self._transport.connected

    async def connect(self, deadline: float) -> None:
        """Open the connection."""
        await self._transport.connect(deadline)

    def close(self) -> None:
        """End the connection."""
        self._transport.close()
