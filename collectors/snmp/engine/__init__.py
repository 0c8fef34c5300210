"""SNMP v1, v2c and v3 as bytes: pure, with no socket, no clock and no randomness.

    oid, value        what names and values are in memory
    request           a question, its varbinds encoded once
    ber               lengths, integers, headers
    answer            varbinds of an answer, in one pass
    community         messages of v1 and v2c
    keys, auth, privacy, usm, v3      messages of v3 (RFC 3412, 3414, 3826, 7860)

Whatever bytes come in, only ``BadAnswer`` and ``Refused`` (v3 reports) go out.
"""
