"""Rules that need more than a judged family: options, overrides, publishing, explanations."""

from __future__ import annotations

import json
import linecache
from dataclasses import replace

import pytest

import aat_reporters.signature as package
from aat_reporters.signature import Explanation, explain, facts_of, report_fields, stable
from tests.unit.signature.raising import Deploy, Program

Facts = dict[str, object]


def _frame(**changes: object) -> Facts:
    frame: Facts = {
        "file": "/srv/app/shop/cart.py",
        "function": "pay",
        "qualname": "Cart.pay",
        "line": 12,
        "code": 'raise ValueError(f"cart {n} is empty")',
        "module": "shop.cart",
        "first_line": 10,
    }
    return frame | changes


def _facts(*frames: Facts, **changes: object) -> Facts:
    facts: Facts = {
        "type": "ValueError",
        "error": "cart 7 is empty",
        "frames": list(frames) or [_frame()],
        "root": "/srv/app",
    }
    return facts | changes


def test_the_package_exports_what_is_documented() -> None:
    assert sorted(package.__all__) == [
        "Explanation",
        "RULES",
        "Roots",
        "Rules",
        "exact",
        "explain",
        "facts_of",
        "is_in_app",
        "report_fields",
        "signatures",
        "stable",
    ]


@pytest.mark.parametrize(
    "code",
    [
        "raise ValueError( f'cart {n} is empty' )",
        'raise ValueError(f"cart {n} is empty",)  # noqa: TRY003',
        'raise   ValueError(f"cart {n} is empty")',
    ],
)
def test_reformatting_a_line_does_not_matter(code: str) -> None:
    assert stable(_facts(_frame(code=code))) == stable(_facts())


def test_without_source_the_distance_from_the_function_stands_for_the_statement() -> None:
    here = stable(_facts(_frame(code="")))
    assert here == stable(_facts(_frame(code="", line=112, first_line=110)))
    assert here != stable(_facts(_frame(code="", line=15)))


@pytest.mark.parametrize("file", ["/opt/venv/lib/python3.11/site-packages/lib/x.py", "lib/_fast/x.pyx"])
def test_a_library_frame_is_not_the_site(file: str) -> None:
    library = _frame(
        file=file,
        module="lib.x",
        qualname="f",
        code="raise error",
    )
    moved = library | {"code": "raise the_error", "qualname": "g"}
    assert stable(_facts(_frame(), library)) == stable(_facts(_frame(), moved))


def test_an_installed_application_can_be_in_app() -> None:
    installed = [
        _frame(
            file="/opt/venv/lib/python3.11/site-packages/shop/a.py",
            module="shop.a",
            qualname=name,
            code="raise e",
        )
        for name in ("f", "g")
    ]
    one, two = (_facts(_frame(), frame) for frame in installed)
    assert stable(one) == stable(two)
    assert stable(one | {"in_app_include": ["shop"]}) != stable(two | {"in_app_include": ["shop"]})


def test_an_excluded_module_is_not_the_site() -> None:
    one, two = (
        _facts(_frame(), _frame(module="shop.vendored.x", qualname=name, code="raise e"))
        for name in ("f", "g")
    )
    assert stable(one) != stable(two)
    assert stable(one | {"in_app_exclude": ["shop.vendored"]}) == stable(
        two | {"in_app_exclude": ["shop.vendored"]}
    )


def test_a_frame_that_says_whether_it_is_in_app_is_believed() -> None:
    inner = _frame(qualname="Cart.total")
    assert stable(_facts(_frame(), inner | {"in_app": False})) == stable(_facts(_frame(), {"in_app": False}))


def test_a_script_and_its_module_name_are_told_apart_only_by_the_file() -> None:
    main = _frame(module="__main__", file="/srv/app/run.py")
    assert stable(_facts(main)) == stable(
        _facts(_frame(module="__main__", file="/opt/x/run.py"), root="/opt/x")
    )


def test_comprehensions_have_no_frame_of_their_own() -> None:
    code = "return [int(x) for x in xs]"
    before_312 = [_frame(code=code, qualname="f"), _frame(code=code, qualname="f.<locals>.<listcomp>")]
    assert stable(_facts(*before_312)) == stable(_facts(_frame(code=code, qualname="f")))


@pytest.mark.parametrize(
    "words",
    [["payments"], ["payments", "{{ default }}"], ["a", "{{default}}", "b"], ["{{ default }}"] * 2 + ["a"]],
)
def test_a_fingerprint_replaces_the_signature(words: list[str]) -> None:
    signed = stable(_facts(fingerprint=words))
    assert signed != stable(_facts())
    other = stable(_facts(_frame(qualname="other"), fingerprint=words))
    assert (signed == other) == (words == ["payments"])


@pytest.mark.parametrize("words", [["{{ default }}"], ["{{default}}"], [], None, "payments"])
def test_a_fingerprint_that_says_nothing_else_changes_nothing(words: object) -> None:
    """Sentry's SDKs send the default alone for events that nobody has given a fingerprint."""
    assert stable(_facts(fingerprint=words)) == stable(_facts())


def test_implicit_context_is_ignored_and_an_explicit_cause_is_not() -> None:
    cause = {"type": "KeyError", "error": "'x'", "frames": [_frame(code="return d[x]")]}
    assert stable(_facts(cause=cause, relation="context")) == stable(_facts())
    assert stable(_facts(cause=cause, relation="cause")) != stable(_facts())


def test_pytest_rewriting_an_assertion_does_not_matter() -> None:
    frame = _frame(code='assert n > 0, f"balance {n} below zero"')
    plain = _facts(frame, type="AssertionError", error="balance -1 below zero")
    rewritten = _facts(frame, type="AssertionError", error="balance -7 below zero\nassert -7 > 0")
    bare = _frame(code="assert n > 0")
    assert stable(plain) == stable(rewritten)
    assert stable(_facts(bare, type="AssertionError", error="assert (-7) > 0")) == stable(
        _facts(bare, type="AssertionError", error="")
    )


def test_a_log_line_is_its_template_and_its_place() -> None:
    place = {"file": "/srv/app/shop/mail.py", "line": 5, "function": "send"}
    log = {"template": "mail %s to %s bounced", "args": 2}
    one: Facts = {"type": "", "error": "mail 1 to ann bounced", "frames": [], "context": place, "log": log}
    two = one | {"error": "mail zz to bob lee bounced", "context": place | {"line": 77}}
    assert stable(one) == stable(two)
    assert stable(one) != stable(one | {"context": place | {"function": "receive"}})
    assert stable(one) != stable(one | {"log": log | {"template": "mail %s to %s lost"}})


def test_a_log_line_written_with_an_f_string_has_its_template_in_the_source() -> None:
    place = {"file": "mail.py", "function": "send", "code": 'log.error(f"mail to {who} bounced")'}
    one, two = (
        {"error": text, "context": place, "log": {"template": text, "message": text, "args": 0}}
        for text in ("mail to ann bounced", "mail to bob lee bounced")
    )
    assert stable(one) == stable(two)


def test_an_exception_is_itself_however_it_was_logged() -> None:
    assert stable(_facts(log={"template": "job %s failed", "args": 1})) == stable(_facts())


def test_a_published_log_line_gives_the_value_its_reporter_computed() -> None:
    facts: Facts = {
        "type": "",
        "error": "mail to ann bounced",
        "frames": [],
        "context": {
            "file": "/srv/app/mail.py",
            "function": "send",
            "code": 'log.error(f"mail to {who} bounced")',
        },
        "log": {"template": "mail to ann bounced", "message": "mail to ann bounced", "args": 0},
        "root": "/srv/app",
    }
    report = {
        "error": facts["error"],
        "context": {"file": "mail.py", "function": "send"},
        **report_fields(facts),
    }
    assert stable(facts_of(report)) == stable(facts)


def test_published_frames_are_relative_and_say_whether_they_are_in_app() -> None:
    library = _frame(file="/opt/venv/lib/python3.11/site-packages/lib/x.py")
    fields = report_fields(_facts(_frame(), library))
    frames = fields["frames"]
    assert isinstance(frames, list)
    assert [(frame["file"], frame["in_app"]) for frame in frames] == [
        ("shop/cart.py", True),
        (library["file"], False),
    ]


def test_a_foreign_report_of_python_is_read_from_its_traceback() -> None:
    stack = (
        "Traceback (most recent call last):\n"
        '  File "/srv/app/shop/cart.py", line 12, in pay\n'
        '    raise ValueError(f"cart {n} is empty")\n'
        "ValueError: cart 7 is empty\n"
    )
    one = facts_of({"error": "ValueError: cart 7 is empty", "stack": stack})
    moved = stack.replace("/srv/app", "/opt/x").replace("line 12", "line 99").replace("cart 7", "cart 8")
    two = facts_of({"error": "ValueError: cart 8 is empty", "stack": moved})
    other = facts_of({"error": "ValueError: cart 7 is empty", "stack": stack.replace("in pay", "in refund")})
    assert stable(one) == stable(two) != stable(other)


def test_an_explanation_names_frame_template_and_causes() -> None:
    cause = {"type": "KeyError", "error": "'x'", "frames": [_frame(code="return d[x]", qualname="Cart.look")]}
    told = explain(_facts(cause=cause, relation="cause"))
    assert told.signature == stable(_facts(cause=cause, relation="cause"))
    assert told.type == "ValueError"
    assert told.template == "cart * is empty"
    assert told.frame.startswith("shop.cart.Cart.pay: raise ValueError(")
    assert "Cart.look" in told.causes[0]
    assert "caused by: KeyError" in str(told)


def test_two_explanations_say_why_they_differ() -> None:
    one, two = explain(_facts()), explain(_facts(_frame(qualname="Cart.refund")))
    assert one.differences(one) == ()
    assert [text.partition(":")[0] for text in one.differences(two)] == ["frame"]


def test_an_endless_recursion_is_the_set_of_its_functions() -> None:
    program = Program("endless", "def a(n): return b(n)\ndef b(n): return a(n)\n", Deploy())
    told = explain(program.facts("a(0)"))
    assert told.frame == "endless recursion of shop.endless:a, shop.endless:b"
    assert told.signature == stable(program.facts("b(0)"))


def test_nothing_reads_source_files(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> str:
        raise AssertionError("a source file was read")

    with monkeypatch.context() as patched:
        patched.setattr(linecache, "getline", refuse)
        patched.setattr("builtins.open", refuse)
        signed = stable(_facts())
    assert signed.startswith("s1-")


def test_an_error_of_a_process_pool_belongs_where_the_worker_raised_it() -> None:
    code = 'raise ValueError(f"cart {n} is empty")'
    frame = _frame(qualname="pay", code=code)
    text = (
        '\n"""\nTraceback (most recent call last):\n'
        '  File "/usr/lib/python3.11/concurrent/futures/process.py", line 256, in _process_worker\n'
        "    r = call_item.fn(*call_item.args, **call_item.kwargs)\n"
        f'  File "/srv/app/shop/cart.py", line 12, in pay\n    {code}\n'
        'ValueError: cart 9 is empty\n"""'
    )
    remote = {"type": "concurrent.futures.process._RemoteTraceback", "error": text, "frames": []}
    pooled = _facts(_frame(qualname="main", code="pool.submit(pay).result()"), cause=remote, relation="cause")
    assert stable(pooled) == stable(_facts(frame))
    assert stable(facts_of({"error": "ValueError: cart 7 is empty", **report_fields(pooled)})) == stable(
        pooled
    )


def test_a_printed_exception_group_is_its_members() -> None:
    def printed(first: str, second: str) -> str:
        return (
            "  + Exception Group Traceback (most recent call last):\n"
            '  |   File "/srv/a.py", line 1, in batch\n  |     raise ExceptionGroup("lost", errors)\n'
            "  | ExceptionGroup: lost (2 sub-exceptions)\n"
            "  +-+---------------- 1 ----------------\n"
            f"    | Traceback (most recent call last):\n    "
            f'|   File "/srv/a.py", line 9, in one\n    | {first}\n'
            "    +---------------- 2 ----------------\n"
            f"    | Traceback (most recent call last):\n    "
            f'|   File "/srv/a.py", line 9, in one\n    | {second}\n'
            "    +------------------------------------\n"
        )

    def signed(first: str, second: str) -> str:
        report = {"error": "ExceptionGroup: lost (2 sub-exceptions)", "stack": printed(first, second)}
        return stable(facts_of(report))

    one = signed("ValueError: row 7 bad", "TypeError: row 8 odd")
    assert one == signed("TypeError: row 1 odd", "ValueError: row 2 bad")
    assert one != signed("TypeError: row 1 odd", "KeyError: 2")
    assert len(explain(facts_of({"error": "x", "stack": printed("A: 1", "B: 2")})).members) == 2


def test_an_explanation_is_printable_whatever_the_report_holds() -> None:
    told = explain(_facts(_frame(qualname="pay\x1b[31m", code="raise \u202eX"), error="lost \x07 it"))
    assert all(line.isprintable() for line in str(told).splitlines())
    (difference, *_) = told.differences(explain(_facts()))
    assert difference.isprintable()


def test_reports_that_differ_in_nothing_that_is_told_are_still_said_to_differ() -> None:
    logged = explain({"error": "x", "log": {"template": "x"}, "context": {"function": "f", "file": "a.py"}})
    alone = explain({"error": "x", "context": {"function": "f", "file": "a.py"}})
    assert [text.partition(":")[0] for text in logged.differences(alone)] == ["frame"]
    assert logged.frame == "f in a.py (a log call)"
    same = Explanation(signature="s1-a", type="", frame="", template="")
    assert same.differences(replace(same, signature="s1-b")) == ("a part that these words leave out",)


def test_an_explanation_is_json() -> None:
    cause = {"type": "KeyError", "error": "'x'", "frames": [_frame(code="return d[x]")]}
    told = explain(_facts(cause=cause, relation="cause", fingerprint=["a", "b"])).to_json()
    assert json.loads(json.dumps(told)) == told
    assert told["fingerprint"] == ["a", "b"]
    assert list(told) == ["signature", "type", "frame", "template", "causes", "members", "fingerprint"]
