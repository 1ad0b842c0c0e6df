"""Exceptions raised on purpose by the reporters.

AatError
├── SettingsError (ValueError)       a setting cannot be used; raised at start-up
├── ReportError (ValueError)         a published report breaks the contract of the four keys
└── NotConnectedError (ConnectionError)  no server answered in time
"""

from __future__ import annotations

__all__ = ["AatError", "NotConnectedError", "ReportError", "SettingsError"]


class AatError(Exception):
    """Catch every exception that this distribution raises on purpose."""


class SettingsError(AatError, ValueError):
    """Say which setting cannot be used, with its value and the limit."""


class ReportError(AatError, ValueError):
    """Say which key of a published report is missing or mistyped.

    Attributes:
        key: the offending key, dotted for nested ones; empty where the whole text is at fault.
    """

    def __init__(self, message: str, *, key: str = "") -> None:
        super().__init__(message)
        self.key = key


class NotConnectedError(AatError, ConnectionError):
    """Say that no server answered at the address in time, and why."""
