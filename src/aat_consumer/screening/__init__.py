"""Keep instructions in error reports away from the agent: the prompt-injection filter."""

from __future__ import annotations

from aat_consumer.screening.judge import detect_prompt_injection, screen
from aat_consumer.screening.trust import text_hash, untrusted_part
from aat_consumer.screening.tuning import Tuning
from aat_consumer.screening.verdict import Reason, Verdict

__all__ = [
    "Reason",
    "Tuning",
    "Verdict",
    "detect_prompt_injection",
    "screen",
    "text_hash",
    "untrusted_part",
]
