"""Give Prometheus the numbers of a namespace: what the server tells, and what was counted since the start."""
