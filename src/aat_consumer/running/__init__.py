"""Run programs within bounds of time, output, environment and sight."""
