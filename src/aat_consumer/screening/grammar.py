"""Say in terms of grammar what an order to an agent looks like, for where a parser is installed.

Patterns are those of spaCy's DependencyMatcher, with the words of the classes; nothing here needs a parser.
"""

from __future__ import annotations

from typing import Any

from aat_consumer.screening.classes import Classes

__all__ = ["DEFAULT_MODEL", "GRAMMAR_WEIGHTS", "grammar_patterns"]

#: The pipeline that is used where it is installed and no other is named.
DEFAULT_MODEL = "en_core_web_sm"

#: What each pattern weighs: evidence beside the categoriser's, not enough alone.
GRAMMAR_WEIGHTS = {"grammar.order": 0.3, "grammar.told": 0.4}


def grammar_patterns(classes: Classes) -> dict[str, list[list[dict[str, Any]]]]:
    """Return the patterns by the id of their rule."""
    does = {"LOWER": {"IN": [*classes.words("HARM"), *classes.words("GIVE")]}}
    what = {
        "DEP": {"IN": ["dobj", "obj", "nsubjpass"]},
        "LOWER": {"IN": [*classes.words("ASSET"), *classes.words("GUARD")]},
    }
    who = {
        "DEP": {"IN": ["nsubj", "nsubjpass", "npadvmod", "vocative"]},
        "LOWER": {"IN": list(classes.words("BOT"))},
    }
    must = {"DEP": {"IN": ["aux", "auxpass"]}, "LOWER": {"IN": list(classes.words("MODAL"))}}
    verb = {"RIGHT_ID": "verb", "RIGHT_ATTRS": does}
    return {
        "grammar.order": [
            [
                {"RIGHT_ID": "verb", "RIGHT_ATTRS": {**does, "TAG": "VB"}},
                {"LEFT_ID": "verb", "REL_OP": ">", "RIGHT_ID": "what", "RIGHT_ATTRS": what},
            ]
        ],
        "grammar.told": [
            [
                verb,
                {"LEFT_ID": "verb", "REL_OP": ">", "RIGHT_ID": "who", "RIGHT_ATTRS": who},
                {"LEFT_ID": "verb", "REL_OP": ">", "RIGHT_ID": "must", "RIGHT_ATTRS": must},
            ]
        ],
    }
