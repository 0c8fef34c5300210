"""Watch the power and cooling of a data centre: readings, availability, alerts, evidence."""

__version__ = "0.1.0"
