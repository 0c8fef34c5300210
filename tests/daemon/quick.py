"""Rules that several rooms are tried with: a UPS on battery and a channel that fails, both told at once."""

QUICK = """
format: 1
rules:
  - rule: on_battery
    kinds: [ups]
    metric: ups_output_source_state
    state: battery
    severity: critical
    title: { en: On battery, fr: Sur batterie }
    consequence: { en: The load is lost when it is empty., fr: La charge est perdue une fois vide. }
    action: { en: Look for the mains., fr: Cherchez le réseau. }
overrides:
  - { rule: channel_failing, on_delay: 0 s }
"""
