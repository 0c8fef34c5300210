"""Commands that write what other programs read: dashboards of Grafana, rules of Prometheus."""
