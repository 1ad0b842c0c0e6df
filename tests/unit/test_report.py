"""A report of four keys from a shell is as good as ours; what nobody could act on is refused by key."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aat_reporters import report
from aat_reporters.errors import ReportError

FOUR_KEYS = b"""{"error": "Error: disk full", "stack": "backup.sh:12
\tmain", "timestamp": "2026-11-23T10:30:00Z", "context": {"file": "backup.sh", "line": "12"}}"""


def test_a_heredoc_with_raw_line_ends_and_a_line_in_digits_is_read() -> None:
    found = report.decode(FOUR_KEYS)
    assert found["stack"] == "backup.sh:12\n\tmain"
    assert found["context"] == {"file": "backup.sh", "line": 12}


def test_only_the_error_is_required() -> None:
    assert report.decode(b'{"error": "x"}') == {"error": "x"}


def test_unknown_keys_are_kept() -> None:
    assert report.decode(b'{"error": "x", "shard": {"n": 3}}')["shard"] == {"n": 3}


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2026-11-23T10:30:00Z", "2026-11-23T10:30:00.000Z"),
        ("2026-11-23 10:30:00.123456789+02:00", "2026-11-23T08:30:00.123Z"),
        ("2026-12-31t23:59:60z", "2026-12-31T23:59:59.000Z"),
    ],
)
def test_any_rfc_3339_time_is_read_as_utc(written: str, read: str) -> None:
    assert report.decode(json.dumps({"error": "x", "timestamp": written}).encode())["timestamp"] == read


@pytest.mark.parametrize(
    ("payload", "key", "words"),
    [
        (b"", "", "not JSON"),
        (b"[1]", "", "must be a JSON object"),
        (b"\xff", "", "not UTF-8"),
        (b"[" * 10_000, "", "nests deeper"),
        (b'{"error": "x", "a": ' + b"[" * 500 + b"]" * 500 + b"}", "a", "nests deeper"),
        (b"{}", "error", "missing"),
        (b'{"error": ""}', "error", "must not be empty"),
        (b'{"error": null}', "error", "must not be empty"),
        (b'{"error": 7}', "error", "must be a string: a number"),
        (b'{"error": "x", "stack": ["a"]}', "stack", "must be a string: a list"),
        (b'{"error": "x", "context": "a"}', "context", "must be an object: a string"),
        (b'{"error": "x", "frames": {}}', "frames", "must be a list: an object"),
        (b'{"error": "x", "context": {"line": "a"}}', "context.line", "must be a number"),
        (b'{"error": "x", "context": {"line": true}}', "context.line", "a boolean"),
        (b'{"error": "x", "context": {"file": 1}}', "context.file", "must be a string"),
        (b'{"error": "x", "timestamp": "yesterday"}', "timestamp", "RFC 3339"),
        (b'{"error": "x", "timestamp": "2026-13-45T00:00:00Z"}', "timestamp", "RFC 3339"),
        (b'{"error": "x", "timestamp": "0001-01-01T00:00:00+23:59"}', "timestamp", "RFC 3339"),
        (b'{"error": "x", "schema": 99}', "schema", "must be 1"),
        (b'{"error": "a\\u0000b"}', "error", "NUL character at 1"),
        (b'{"error": "a\x00b"}', "error", "NUL character at 1"),
        (b'{"error": "x", "context": {"k": ["\\ud800"]}}', "context.k", "unpaired surrogate at 0"),
        (b'{"error": "x", "frames": [' + b"1," * 999_99 + b"1]}", "frames", "at most 1000"),
    ],
)
def test_bad_input_is_refused_with_the_key_named(payload: bytes, key: str, words: str) -> None:
    with pytest.raises(ReportError, match=words) as caught:
        report.decode(payload)
    assert caught.value.key == key
    assert "\n" not in str(caught.value)


def test_five_megabytes_are_refused_unread() -> None:
    with pytest.raises(ReportError, match="5242892 bytes"):
        report.decode(b'{"error":"' + b"x" * 5 * 1024 * 1024 + b'"}')


def test_a_stack_of_a_million_frames_is_refused_or_cut() -> None:
    with pytest.raises(ReportError):
        report.decode(json.dumps({"error": "x", "stack": "  at f (a.js:1:1)\n" * 1_000_000}).encode())


def test_a_long_stack_loses_its_middle_and_keeps_its_end() -> None:
    stack = "first\n" + "x" * 400_000 + "\nlast"
    written = json.loads(report.encode({"error": "E: x", "stack": stack}))
    assert written["stack"].startswith("first\n")
    assert written["stack"].endswith("\nlast")
    assert "characters left out" in written["stack"]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(categories=None)),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(st.dictionaries(st.sampled_from(["error", "stack", "context", "frames", "x"]), json_values))
def test_whatever_is_written_is_utf_8_within_the_limit_and_without_nul(found: dict[str, object]) -> None:
    written = report.encode(found, max_bytes=2_000)
    assert len(written) <= 2_000
    json.loads(written)
    assert b"\0" not in written
    assert "\\u0000" not in json.dumps(json.loads(written))


@pytest.mark.parametrize("character", ["a", "ä", "\U0001f600", "\x01", '"', "\0", "\ud800"])
@pytest.mark.parametrize("key", ["error", "stack", "release", "other"])
def test_a_report_of_any_characters_fits(character: str, key: str) -> None:
    big = {"error": "E: x", "context": {"file": "a.py", "line": 1}, key: character * 50_000}
    assert len(report.encode(big, max_bytes=12_000)) <= 12_000


def test_a_report_that_fits_is_left_alone() -> None:
    small = {"error": "E: x", "stack": "a", "frames": [{}]}
    assert report.fit(small, max_bytes=10_000) == small


@given(st.binary(max_size=200) | st.text().map(str.encode))
def test_reading_raises_nothing_but_a_report_error(payload: bytes) -> None:
    with contextlib.suppress(ReportError):
        assert report.decode(payload)["error"]
