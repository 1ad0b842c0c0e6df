"""Facts are read alike however a Python, a prompt or a source line writes them."""

from __future__ import annotations

import warnings

import pytest

from aat_reporters.signature import explain, stable
from aat_reporters.signature._file_names import stable_name
from aat_reporters.signature._source_template import templates

Facts = dict[str, object]


def _frame(qualname: str, line: int, first_line: int, **changes: object) -> Facts:
    frame: Facts = {"file": "/srv/app/a.py", "module": "a", "qualname": qualname, "code": ""}
    return frame | {"line": line, "first_line": first_line} | changes


def _signed(*frames: Facts, **changes: object) -> str:
    return stable({"type": "ValueError", "error": "x", "frames": list(frames), "root": "/srv/app"} | changes)


def test_without_source_a_nested_comprehension_counts_from_its_function() -> None:
    """Since 3.12 it has no frame of its own; before, each one had a first line of its own."""
    since = _signed(_frame("f", 14, 10))
    inner = _frame("f.<locals>.<listcomp>.<locals>.<setcomp>", 14, 13)
    assert since == _signed(_frame("f", 11, 10), _frame("f.<locals>.<listcomp>", 12, 12), inner)
    assert since != _signed(_frame("g", 11, 10), inner)
    assert since != _signed(inner)


def test_what_is_typed_in_can_be_excluded() -> None:
    typed = _frame("f", 2, 1, file="<stdin>-3", module="__main__")
    called = _frame("main", 9, 1)
    assert _signed(called, typed) == _signed(typed)
    assert _signed(called, typed, in_app_exclude=["__main__"]) == _signed(called)


def test_every_prompt_is_one_place() -> None:
    names = ("<stdin>", "<stdin>-12", "<console>", "<python-input-3>", "<ipython-input-7-3f2b8c1e9a4d>")
    assert len({_signed(_frame("f", 2, 1, file=name, module="__main__")) for name in names}) == 1
    assert _signed(_frame("f", 2, 1, file="<string>", module="__main__")) not in {
        _signed(_frame("f", 2, 1, file="<stdin>", module="__main__"))
    }


def test_generated_code_counts_without_its_number() -> None:
    one, two = (_signed(_frame("f", 2, 1, file=f"<template {n}>", module="")) for n in (1, 22))
    assert one == two


def test_a_frame_without_a_function_is_named_by_the_one_around_it() -> None:
    anonymous = _frame("", 3, 1, code="raise error")
    assert _signed(_frame("f", 9, 1), anonymous) == _signed(_frame("f", 3, 1, code="raise error"))
    bare = _frame("", 3, 1)
    assert _signed(_frame("f", 9, 1), bare) == _signed(_frame("f", 9, 1))


def test_a_group_of_several_members_without_a_place_is_that_of_its_members() -> None:
    members = [
        {"type": kind, "error": "x", "frames": [_frame("f", 2, 1)]} for kind in ("KeyError", "OSError")
    ]
    told = explain({"type": "ExceptionGroup", "error": "lost", "exceptions": members})
    assert told.frame == "that of its members"
    assert len(told.members) == 2


def test_somebody_elses_source_line_warns_nobody() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert templates(r'raise ValueError("no \d in %s" % text)') == (("no \\d in ", ""),)
        assert templates('raise ValueError(f"{1if x else 2} is odd")') == (("", " is odd"),)


def test_an_open_quote_with_escapes_is_closed() -> None:
    assert templates(r'raise ValueError("say \"no\" to {}".format(x),') == (('say "no" to ', ""),)
    assert templates(r'raise ValueError("say \"no') == (('say "no',),)


def test_a_template_that_is_nested_too_deep_is_none() -> None:
    text = "a"
    for _ in range(12):
        text = f"str({text!r})" if text == "a" else f"str({text})"
    assert templates(f"raise ValueError({text})") == ()


def test_the_second_part_of_a_persons_name_is_data() -> None:
    one, two = (stable({"error": f"customer {name} has no address"}) for name in ("Ann Lee", "Bo"))
    assert one == two != stable({"error": "customer Bo has no telephone"})


def test_a_quoted_exit_code_is_a_code() -> None:
    one, two = (
        stable({"error": f'ended with exit code "{code}" after {n} s'}) for code, n in ((1, 7), (137, 9))
    )
    assert one != two


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("https://x.example/assets/index-B3f2_c1e.js", "index.js"),
        ("https://x.example/js/main.deadbeef.chunk.js?v=7", "main.js"),
        ("blob:https://x.example/3f2b8c1e-9a4d-4e6f-8b21-0c5d7e9fa123", "*"),
        ("/srv/app/releases/20261103/orders_v2.py", "orders.py"),
        ("C:\\app\\Cart-1.2.3.cs", "Cart.cs"),
        ("my-widget.js", "my-widget.js"),
        ("HTTPView.js", "HTTPView.js"),
    ],
)
def test_the_name_of_a_file_is_free_of_its_build(path: str, name: str) -> None:
    assert stable_name(path) == name
