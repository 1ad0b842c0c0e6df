"""Templates are read out of lines as they stand in files: whole, cut off, or behind an if."""

from __future__ import annotations

import pytest

from aat_reporters.signature._source_template import called_with_literal, templates


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ('raise ValueError(f"no {a} in {b!r}")', [("no ", " in ", "")]),
        ('raise ValueError("no %s in %r, 100%%" % (a, b))', [("no ", " in ", ", 100%")]),
        ('raise ValueError("no {} in {{{b}}}".format(a, b=b))', [("no ", " in {", "}")]),
        ('raise ValueError("no " + a + " in " + str(b))', [("no ", " in ", "")]),
        ('raise ValueError("no " "such" f" {a}")', [("no such ", "")]),
        ('raise ApiError(404, detail=f"item {n} gone")', [("item ", " gone")]),
        ('raise ValueError(_("no such plan"))', [("no such plan",)]),
        ('if n < 0: raise ValueError(f"n is {n}") from error', [("n is ", "")]),
        ('else: raise ValueError(f"n is {n}")', [("n is ", "")]),
        ('except OSError as e: raise Lost(f"disk {n}") from e', [("disk ", "")]),
        ('raise ValueError(f"first half {a} "', [("first half ", " ")]),
        ('raise ValueError("no %s in %r" %', [("no ", " in ", "")]),
        ('raise ValueError("no plan" +', [("no plan", "")]),
        ('assert n > 0, f"balance {n}"', [("balance ", "")]),
        ("assert n > 0", []),
        ('log.error(f"mail {n} bounced", extra=x)', [("mail ", " bounced")]),
        ('self.logger.exception("mail %s bounced", n)', [("mail %s bounced",), ("mail ", " bounced")]),
        ('raise ParserError("no date: %s", text)', [("no date: %s",), ("no date: ", "")]),
        ('raise ValueError("100%s")', [("100%s",)]),
        ("raise ValueError", []),
        ("raise ValueError(a + b)", []),
        ("raise ValueError(f(x))", []),
        ("raise", []),
        ("return int(text)", []),
        ("raise )(", []),
    ],
)
def test_templates(code: str, expected: list[tuple[str, ...]]) -> None:
    assert list(templates(code)) == expected


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ('require(form.get("email"), "email")', (("email",), 2)),
        ('guards.require(x, label="email")', (("email",), 2)),
        ('if not ok: fail("no stock")', (("no stock",), 1)),
        ("require(", ((), 0)),
        ("other(x)", ((), 0)),
        (")(", ((), 0)),
    ],
)
def test_literals_of_a_call(code: str, expected: tuple[tuple[str, ...], int]) -> None:
    assert called_with_literal(code, "fail" if "fail" in code else "require") == expected
