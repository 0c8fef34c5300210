"""Raw answers of devices, kept: written while the daemon polls, read again by ``dcim replay``.

collectors ── Exchange ──▶ Recorder ◀── Polled ── poll loop
                              │ records, a segment a minute
                              ▼
Ring (the last minutes) ── kept for an incident, or because somebody asked ──▶ a recording: a folder
"""
