"""Messages to telephones with no internet: through a gateway's command, or a GSM modem on a serial line.

Letter ─▶ short (one text) ─┬─▶ command: a process for each recipient
                            └─▶ pdu (GSM 7 bit or UCS-2, in parts) ─▶ modem (AT commands) ─▶ wire
        ACK 17 ◀─ Reply ◀─ pdu ◀─ modem (AT+CMGL)
"""
