"""Dashboards asked and drawn without Grafana: for tests, and for the pictures in the docs.

file of a dashboard ─▶ fill (variables) ─▶ ask (Prometheus, InfluxDB) ─▶ answers ─▶ page ─▶ a browser draws it

A look-alike of few panels, fit to see whether the answers are right and whether a wall can be read.
"""
