"""Hear what the review says while an agent works, whatever kind of agent it is."""

from __future__ import annotations

import re

from aat_consumer.agents.specialists import REVIEW
from aat_consumer.outcomes import Progress, PublishProgress

__all__ = ["ReviewHeard"]

#: Characters of the review's reasons that a result repeats.
MAX_REASON_CHARACTERS = 1_000

_APPROVED, _REJECTED = "approved", "rejected"
_FIRST_WORD = re.compile(r"\W*(\w+)")


class ReviewHeard:
    """Pass progress on, and keep the last word of the role ``review``.

    It says no with the status ``rejected``, or where it ends (``finished``) with ``rejected`` as the
    first word of its findings; a later ``approved`` takes that back. It is called in one event loop.
    """

    def __init__(self, publish: PublishProgress) -> None:
        self._publish = publish
        self._word = ""
        self._reason = ""

    async def __call__(self, progress: Progress) -> None:
        """Listen, then publish."""
        if progress.agent.rpartition("/")[2] == REVIEW.name:
            self._listen(progress)
        await self._publish(progress)

    @property
    def rejection(self) -> str | None:
        """Give the reasons of a review that says no; None where it does not."""
        return self._reason if self._word == _REJECTED else None

    @property
    def is_unclear(self) -> bool:
        """Tell whether a review ended with neither word."""
        return self._word == "unclear"

    def _listen(self, progress: Progress) -> None:
        word = progress.status
        if word == "finished":
            match = _FIRST_WORD.match(progress.findings)
            word = match[1].lower() if match else ""
            word = word if word in (_APPROVED, _REJECTED) else "unclear"
        if word in (_APPROVED, _REJECTED) or (word == "unclear" and self._word != _REJECTED):
            self._word, self._reason = word, progress.findings[:MAX_REASON_CHARACTERS]
