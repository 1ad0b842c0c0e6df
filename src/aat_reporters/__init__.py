"""Publish the errors of a running program, in the background, to NATS JetStream."""
