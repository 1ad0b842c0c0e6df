"""Look at the fixes that lie on their branches and wait for a person."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

from aat_consumer.by_hand.history import body_of, results
from aat_consumer.claims import Record, read_record
from aat_consumer.errors import UnknownTaskError
from aat_consumer.jetstream import JetStream, Stored
from aat_consumer.results import RESULT_KINDS
from aat_reporters.wire import decided_key

__all__ = ["VERDICTS", "KeptFix", "kept_fix", "kept_fixes"]

#: Verdict to the kind of result, its status, and the word for people.
VERDICTS: dict[str, tuple[str, str, str]] = {
    "approve": ("fixed", "fixed", "approved"),
    "reject": ("failed", "not_approved", "rejected"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptFix:
    """One fix that lies on its branch, and what became of it.

    Args:
        task_id: the task that made it.
        found: the result that says so.
        body: what it says.
        decision: a person's, empty while there is none.
        later: the last result behind it, empty while there is none.
    """

    task_id: str
    found: Stored
    body: Record
    decision: Record
    later: Record

    @property
    def attempt(self) -> int:
        """Count which run of the task made it."""
        number = self.body.get("attempt")
        return number if isinstance(number, int) else 0

    @property
    def state(self) -> str:
        """Say whether it waits, was decided about, or was followed by another run."""
        if self.later and self.later.get("attempt") != self.body.get("attempt"):
            return "superseded"
        if not self.decision:
            return "not_published" if self.body.get("status") == "dead" else "awaiting_approval"
        word = VERDICTS[str(self.decision["verdict"])][2]
        return word if self.later else f"{word}, unfinished"

    @property
    def waits(self) -> bool:
        """Tell whether a person should still do something."""
        return self.state in ("awaiting_approval", "not_published") or self.state.endswith("unfinished")


async def kept_fixes(js: JetStream) -> AsyncIterator[KeptFix]:
    """Look at every fix that was held, or could not be published, oldest first; of each task the last.

    Raises:
        QueueError: no server or no stream.
    """
    async for kind, found in results(js):
        body = body_of(found)
        if not _is_kept(kind, body):
            continue
        last = await js.messages.last(js.namespace.results, found.subject)
        if last is not None and last.sequence == found.sequence:
            yield await _kept(js, found, body)


async def kept_fix(js: JetStream, task_id: str) -> KeptFix:
    """Look at the fix of one task.

    Raises:
        UnknownTaskError: there is none that was held, or could not be published.
        QueueError: no server or no stream.
    """
    names = js.namespace
    newest: Stored | None = None
    for kind in ("held", "failed"):
        found = await js.messages.last(names.results, names.result_subject(kind, task_id))
        is_newer = found is not None and (newest is None or found.sequence > newest.sequence)
        if found is not None and is_newer and _is_kept(kind, body_of(found)):
            newest = found
    if newest is None:
        raise UnknownTaskError(f"no fix of task {task_id} waits for a person; aat fix list shows which do")
    return await _kept(js, newest, body_of(newest))


def _is_kept(kind: str, body: Record) -> bool:
    return bool(body.get("branch")) and (
        kind == "held" or (kind == "failed" and body.get("status") == "dead")
    )


async def _kept(js: JetStream, found: Stored, body: Record) -> KeptFix:
    task_id = found.subject.rpartition(".")[2]
    decision = read_record(await js.bucket.get(decided_key(task_id))) or {}
    later: Stored | None = None
    for kind in RESULT_KINDS:
        one = await js.messages.last(js.namespace.results, js.namespace.result_subject(kind, task_id))
        if one is not None and one.sequence > (later or found).sequence:
            later = one
    is_mine = decision.get("attempt") == body.get("attempt")
    return KeptFix(
        task_id=task_id,
        found=found,
        body=body,
        decision=decision if is_mine else {},
        later=body_of(later),
    )
