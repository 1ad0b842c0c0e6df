"""Read the task of the task queue: the JSON object that says what an agent is to do.

Pure. A task is never cut to fit, as a report is: half of an order is another order.
"""

from __future__ import annotations

import hashlib

from aat_reporters.errors import ReportError
from aat_reporters.report import decode_object
from aat_reporters.wire import PRIORITIES

__all__ = ["MAX_TASK_BYTES", "decode", "identity"]

#: Bytes of a published task: as much as is screened and shown of a report.
MAX_TASK_BYTES = 48 * 1024

_STRING_KEYS = ("task_id", "type", "priority", "description", "assigned_to")


def decode(payload: bytes) -> dict[str, object]:
    """Read a published task.

    Returns:
        The task, unknown keys kept.

    Raises:
        ReportError: what is wrong, and under which key.
    """
    task = decode_object(payload, what="task", max_bytes=MAX_TASK_BYTES)
    for key in _STRING_KEYS:
        if task.get(key) is not None and not isinstance(task[key], str):
            raise ReportError(f"{key} must be a string", key=key)
    if not task.get("description"):
        raise ReportError("the key 'description' is missing", key="description")
    if task.get("priority") and task["priority"] not in PRIORITIES:
        raise ReportError(f"priority must be one of {', '.join(PRIORITIES)}", key="priority")
    if task.get("context") is not None and not isinstance(task["context"], dict):
        raise ReportError("context must be an object", key="context")
    return task


def identity(payload: bytes) -> str:
    """Give what stands for a signature: the very same text is the same task, where it has no message id."""
    return f"task-{hashlib.sha256(payload).hexdigest()[:32]}"
