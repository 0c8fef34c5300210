"""Readings to Prometheus, VictoriaMetrics, Mimir and others by remote write 1.0."""
