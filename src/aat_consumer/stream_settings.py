"""Say how large the streams of a namespace may become. Pure."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass

from aat_reporters.errors import SettingsError
from aat_reporters.wire import Namespace

__all__ = ["StreamSettings"]

_MIB = 1024 * 1024

#: MiB of one stream at most; the server wants a limit, and no disk has more.
_MOST = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamSettings:
    """Say how many MiB each stream may take; 0 leaves its default.

    What all streams of a server may take is reserved when they are made, so the sum must fit its store.

    Args:
        error_reports_mib: the queue of the environment ``default``.
        staging_errors_mib: the queue of ``staging``.
        production_errors_mib: the queue of ``production``.
        tasks_mib: the task queue.
        investigations_mib: statuses, screened reports and dead letters.
        results_mib: results.
        security_mib: rejections and quarantine.
        occurrences_mib: counts.
        advisories_mib: the server's own advisories.
        state_mib: claims, fences and done-records.

    Raises:
        SettingsError: below 1 MiB (other than 0), or more than any disk has.
    """

    error_reports_mib: int = 0
    staging_errors_mib: int = 0
    production_errors_mib: int = 0
    tasks_mib: int = 0
    investigations_mib: int = 0
    results_mib: int = 0
    security_mib: int = 0
    occurrences_mib: int = 0
    advisories_mib: int = 0
    state_mib: int = 0

    def __post_init__(self) -> None:
        """Check each value once."""
        for name, value in dataclasses.asdict(self).items():
            if not 0 <= value <= _MOST:
                raise SettingsError(f"streams.{name} must be 1 to {_MOST} MiB, or 0 for the default: {value}")

    def max_bytes(self, namespace: Namespace) -> Mapping[str, int]:
        """Give the limit of each stream that has one of its own, by the stream's name."""
        known = {
            field.removesuffix("_mib"): value * _MIB
            for field, value in dataclasses.asdict(self).items()
            if value
        }
        prefix = namespace.name.upper()
        return {
            namespace.bucket_spec.name if kind == "state" else f"{prefix}_{kind.upper()}": value
            for kind, value in known.items()
        }
