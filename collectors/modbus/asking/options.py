"""A device's own ``modbus:`` section: which unit it is, and how it is reached."""

from __future__ import annotations

import posixpath
from typing import Annotated, Literal

from pydantic import Field, model_validator

from collectors.modbus.families.unit import Unit
from collectors.modbus.transport.contract import Framing, Link
from dcim.collect import Endpoint, host_form
from dcim.model import Address
from dcim.yaml import Section, found

DEFAULT_PORT = 502


class ModbusOptions(Section):
    """How to reach one unit.

    ``unit`` must be said wherever others can answer on the same connection (C5): on serial lines, behind
    serial servers, and behind a gateway. ``pause`` (seconds of quiet around questions) and ``max_registers``
    replace the profile's. ``address_offset`` is for firmware that counts one off.
    """

    unit: Unit | None = None
    framing: Framing = Framing.TCP
    baudrate: Annotated[int, Field(ge=300, le=921600)] = 19200
    parity: Literal["N", "E", "O"] = "E"
    stop_bits: Literal[1, 2] = 1
    pause: Annotated[float, Field(ge=0, le=60)] | None = None
    max_registers: Annotated[int, Field(ge=1, le=125)] | None = None
    address_offset: Annotated[int, Field(ge=-1, le=1)] = 0

    @model_validator(mode="after")
    def _names_its_unit(self) -> ModbusOptions:
        if self.unit is None and self.framing is not Framing.TCP:
            msg = f"unit is missing: with framing {self.framing} several devices share the connection"
            raise ValueError(msg)
        return self

    def link(self, address: Address) -> Link:
        """Return the connection to a device at this address."""
        if self.framing is not Framing.SERIAL:
            return Link(address.host, address.port or DEFAULT_PORT, self.framing)
        return Link(address.host, 0, self.framing, self.baudrate, self.parity, self.stop_bits)

    def endpoint(self, address: Address) -> Endpoint:
        """Return who answers at this address; a unit that is not said has the connection for itself.

        Raise ValueError where the address is a host and the framing that of a serial line, or the reverse.
        """
        link = self.link(address)
        if (link.framing is Framing.SERIAL) is not address.host.startswith("/"):
            is_one = "a host" if link.framing is Framing.SERIAL else "the path of a serial line"
            msg = f"framing {link.framing}, and {found(str(address))} is {is_one}"
            raise ValueError(msg)
        unit = "" if self.unit is None else str(self.unit)
        if link.framing is not Framing.SERIAL:
            return Endpoint(str(Address(host_form(link.host), link.port)), unit, str(link.framing))
        how = f"{link.framing}, {link.baudrate} baud, parity {link.parity}, {link.stop_bits} stop bit(s)"
        return Endpoint(posixpath.normpath(link.host), unit, how)


class NoCredential(Section):
    """Modbus has no credentials: any field is one too many."""
