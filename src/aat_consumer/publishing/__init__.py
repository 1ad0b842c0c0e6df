"""Bring a verified fix to where people review it: a remote, a pull request at a forge."""
