"""Keep instructions in error reports away from the agent: the prompt-injection filter."""

from __future__ import annotations

from aat_consumer.screening.judge import detect_prompt_injection, screen
from aat_consumer.screening.verdict import Reason, Verdict

__all__ = ["Reason", "Verdict", "detect_prompt_injection", "screen"]
