"""Find out how the same error was fixed in another release, as far as an agent may be told.

The change that was made then holds words of an earlier agent, which had them from a report. So what it
added passes the filter, piece by piece: ordinary code must not be lost because one comment reads like an
order.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable
from typing import Any

from aat_consumer.jetstream import JetStream
from aat_consumer.policy import Fix
from aat_consumer.prompts import Earlier

__all__ = ["earlier_fix", "screened_diff"]

#: Characters of an earlier change that an agent is shown; the branch has all of it.
MAX_DIFF_CHARACTERS = 12_000

_FILE = re.compile(r"(?m)^(?=diff --git )")
_HUNK = re.compile(r"(?m)^(?=@@ )")


async def earlier_fix(js: JetStream, fix: Fix | None, *, is_clean: Callable[[str], bool]) -> Earlier | None:
    """Look up the result of an earlier fix, and screen the change that it made.

    Args:
        js: a connection.
        fix: what the bucket holds of it; None where there was none.
        is_clean: the filter, as it judges texts that hold orders by nature.

    Raises:
        QueueError: no server or no stream.
    """
    if fix is None:
        return None
    names = js.namespace
    found = await js.messages.last(names.results, names.result_subject("fixed", fix.task_id))
    body = _body(found.payload) if found is not None else {}
    diff = str(body.get("diff") or "")
    pr_url = str(body.get("pr_url") or "")
    if not diff:
        return Earlier(fix=fix, pr_url=pr_url, note="its change is not kept any more")
    kept, left_out = await asyncio.to_thread(screened_diff, diff, is_clean=is_clean)
    notes = [f"the filter left out pieces of its change: {left_out}"] if left_out else []
    if len(kept) > MAX_DIFF_CHARACTERS:
        notes.append("its change is shown in part")
    return Earlier(fix=fix, pr_url=pr_url, diff=kept[:MAX_DIFF_CHARACTERS], note="; ".join(notes))


def screened_diff(diff: str, *, is_clean: Callable[[str], bool]) -> tuple[str, int]:
    """Leave out the pieces of a change in which the filter finds something in what was added.

    What it took away, and what stands around it, is the repository's own text.

    Returns:
        The rest, and how many pieces are missing.
    """
    kept: list[str] = []
    left_out = 0
    for file in _FILE.split(diff):
        header, *hunks = _HUNK.split(file)
        if not is_clean(header):
            left_out += max(1, len(hunks))
            continue
        kept.append(header)
        for hunk in hunks:
            added = "\n".join(line[1:] for line in hunk.split("\n") if line.startswith("+"))
            if is_clean(added):
                kept.append(hunk)
            else:
                left_out += 1
                kept.append("@@ a piece was left out: the filter found in it what reads like an order @@\n")
    return "".join(kept), left_out


def _body(payload: bytes) -> dict[str, Any]:
    try:
        body = json.loads(payload)
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}
