"""Exact signatures agree with what a shell script computes."""

from __future__ import annotations

import hashlib

import pytest

from aat_reporters.signature import exact


@pytest.mark.parametrize(
    ("report", "text"),
    [
        ({"error": "boom", "context": {"file": "app.py", "line": 42}}, "boom:app.py:42"),
        ({"error": "boom", "context": {"file": "app.py", "line": "42"}}, "boom:app.py:42"),
        ({"error": "no place"}, "no place::"),
        ({"error": "ошибка", "context": {"file": "a.py", "line": 1}}, "ошибка:a.py:1"),
        ({"error": "two\nlines", "context": {"file": "a:b.py", "line": 7}}, "two\nlines:a:b.py:7"),
        ({}, "::"),
        ({"error": None, "context": None}, "::"),
        ({"error": "x", "context": {"file": ["a"], "line": True}}, "x::"),
        ({"error": "a\ud800b\0", "context": {}}, "a\ufffdb\ufffd::"),
    ],
)
def test_exact_is_the_sha256_of_error_file_and_line(report: dict[str, object], text: str) -> None:
    assert exact(report) == hashlib.sha256(text.encode()).hexdigest()


def test_exact_has_the_documented_value() -> None:
    report = {"error": "boom", "context": {"file": "app.py", "line": 42}}
    assert exact(report) == "42f54925969cf284dceb74309390ef89fc086d3f0ff3b0995420a1a5f4872130"
