"""Take the local variables of a traceback as plain values, where the settings ask for them."""

from __future__ import annotations

from types import TracebackType

from aat_reporters.plain import plain_mapping

__all__ = ["local_variables"]

#: Innermost frames whose variables are taken; further out they say little of the error.
MAX_FRAMES = 5

#: Levels of lists and mappings that are copied.
_LEVELS = 2


def local_variables(error: BaseException, trace: object) -> list[dict[str, object]]:
    """Give function and variables of the innermost frames, the innermost last; calls no method of theirs.

    Args:
        error: the exception.
        trace: its traceback where it differs from ``error.__traceback__``.
    """
    step = trace if isinstance(trace, TracebackType) else error.__traceback__
    frames = []
    while step is not None:
        frames.append(step.tb_frame)
        step = step.tb_next
    return [
        {"function": frame.f_code.co_name, "variables": plain_mapping(frame.f_locals, _LEVELS)}
        for frame in frames[-MAX_FRAMES:]
    ]
