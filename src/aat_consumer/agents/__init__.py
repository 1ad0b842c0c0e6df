"""Agents that can be given an error to fix, one kind per module."""
