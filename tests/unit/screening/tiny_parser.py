"""A spaCy pipeline with a parser of one rule, so that no model has to be fetched for a test."""

from __future__ import annotations

from pathlib import Path

import spacy
from spacy.language import Language
from spacy.tokens import Doc

__all__ = ["save_tiny_pipeline"]

VERBS = frozenset({"wipe", "disable", "returned"})
AUXILIARIES = frozenset({"must", "should"})


@Language.component("one_rule_parser")
def one_rule_parser(doc: Doc) -> Doc:
    """Make the first verb the root: nouns before it its subject, after it its object."""
    root = next((token.i for token in doc if token.lower_ in VERBS), 0)
    heads, deps, tags = [], [], []
    for token in doc:
        heads.append(root)
        place = "nsubj" if token.i < root else "dobj"
        deps.append("ROOT" if token.i == root else "aux" if token.lower_ in AUXILIARIES else place)
        tags.append(("VBD" if token.lower_.endswith("ed") else "VB") if token.i == root else "NN")
    return Doc(
        doc.vocab,
        words=[token.text for token in doc],
        spaces=[bool(token.whitespace_) for token in doc],
        heads=heads,
        deps=deps,
        tags=tags,
    )


def save_tiny_pipeline(folder: Path) -> Path:
    """Write the pipeline where ``spacy.load`` finds it by its path."""
    nlp = spacy.blank("en")
    nlp.add_pipe("one_rule_parser")
    nlp.to_disk(folder / "tiny")
    return folder / "tiny"
