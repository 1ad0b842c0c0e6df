"""Undo escapes in place: backslashes, entities, percent signs, code points, quoted-printable."""

from __future__ import annotations

import html
import re
import unicodedata
from urllib.parse import unquote

from aat_consumer.screening.views import View, substitute

__all__ = ["unescape"]

#: Code points in a row from which on they spell something; texts about Unicode name one or two.
CODE_POINTS = 4

#: Rounds of escapes inside escapes.
ROUNDS = 4

_BACKSLASH = re.compile(
    r"(?:\\+u[dD][89abAB][0-9a-fA-F]{2}\\+u[dD][c-fC-F][0-9a-fA-F]{2})"
    r"|\\+(?:u\{[0-9a-fA-F]{1,6}\}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|x[0-9a-fA-F]{2}|x\{[0-9a-fA-F]{1,6}\}"
    r"|N\{[A-Za-z \-]{1,60}\}|[0-3][0-7]{2}|o\{[0-7]{1,7}\}|[nrtbfv\"'/`\\])"
)
_BYTES = re.compile(r"(?:\\x[0-9a-fA-F]{2}){2,}")
_ENTITY = re.compile(r"&(?:#[xX][0-9a-fA-F]{1,6}|#\d{1,7}|[A-Za-z]{2,31});?")
_PERCENT = re.compile(r"(?:%[0-9a-fA-F]{2})+")
_PERCENT_U = re.compile(r"%u([0-9a-fA-F]{4})")
_PLUS = re.compile(r"(?<=[\w%.,!?'])\+(?=[\w%'\"])")
#: Words of letters alone; base64 has plus signs too, but digits and longer runs between them.
_PLUS_WORDS = re.compile(r"(?<![\w+/=])(?:[^\W\d_]{1,16}[.,!?:']?\+){2,400}+[^\W\d_]{1,16}(?![\w+/=])")
_QUERY = re.compile(r"[?&=][^\s+?&=]{0,200}\+[^\s+]{0,200}\+")
_CODE_POINT = re.compile(r"\b[Uu]\+([0-9a-fA-F]{4,6})[ ,;]?")
_QUOTED = re.compile(r"=(?:[0-9A-F]{2}|\r?\n)")
_UTF7 = re.compile(r"\+([A-Za-z0-9/]{3,200})-")
_PUNYCODE = re.compile(r"\bxn--[a-z0-9\-]{4,60}", re.IGNORECASE)
_SIMPLE = {"n": "\n", "r": "\n", "t": "\t", "b": "", "f": " ", "v": " "}


def unescape(view: View) -> View:
    """Return the view with every escape undone, several rounds deep."""
    for _ in range(ROUNDS):
        before = view
        text = view.text
        if "\\" in text:
            view = substitute(view, _BYTES, _utf8_bytes, name="backslash")
            view = substitute(view, _BACKSLASH, _backslash, name="backslash")
        if "&" in text:
            view = substitute(view, _ENTITY, lambda match: html.unescape(match[0]), name="entities")
        if "%" in text:
            view = substitute(view, _PERCENT_U, lambda match: chr(int(match[1], 16)), name="percent")
            view = substitute(
                view, _PERCENT, lambda match: unquote(match[0], errors="replace"), name="percent"
            )
        if text.count("U+") + text.count("u+") >= CODE_POINTS:
            view = substitute(view, _CODE_POINT, lambda match: _character(match[1], 16), name="code-points")
        if text.count("=") >= 3:
            view = _quoted_printable(view)
        if "+" in text:
            view = substitute(view, _UTF7, _utf7, name="utf-7")
            if _QUERY.search(view.text):
                view = substitute(view, _PLUS, lambda _: " ", name="plus")
            else:
                view = substitute(view, _PLUS_WORDS, lambda match: match[0].replace("+", " "), name="plus")
        if "--" in text:
            view = substitute(view, _PUNYCODE, _punycode, name="punycode")
        if view is before:
            break
    return view


def _character(digits: str, base: int) -> str:
    code = int(digits, base)
    return chr(code) if code < 0x110000 and not 0xD800 <= code < 0xE000 else ""


def _utf8_bytes(match: re.Match[str]) -> str | None:
    values = bytes.fromhex(match[0].replace("\\x", ""))
    try:
        return values.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _backslash(match: re.Match[str]) -> str:
    """Return the character that one escape stands for."""
    code = match[0].lstrip("\\")
    if not code:
        return "\\"
    if len(code) == 1:
        return _SIMPLE.get(code, code)
    kind = code[0]
    if kind in "uU" and "\\" in code:
        high, low = (int(part[-4:], 16) for part in re.split(r"\\+", code))
        return chr(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))
    if kind == "N":
        try:
            return unicodedata.lookup(code[2:-1])
        except KeyError:
            return match[0]
    digits = re.sub(r"[^0-9a-fA-F]", "", code[1:] if kind in "uUxo" else code)
    return _character(digits, 16 if kind in "uUx" else 8)


def _quoted_printable(view: View) -> View:
    codes = _QUOTED.findall(view.text)
    if len(codes) < 3 or len(codes) * 20 < view.text.count(" "):
        return view
    return substitute(
        view,
        _QUOTED,
        lambda match: "" if match[0].endswith("\n") else _character(match[0][1:], 16),
        name="quoted-printable",
    )


def _utf7(match: re.Match[str]) -> str | None:
    try:
        text = match[0].encode("ascii").decode("utf-7")
    except (UnicodeDecodeError, UnicodeEncodeError):
        return None
    return text if text.isprintable() else None


def _punycode(match: re.Match[str]) -> str | None:
    try:
        return match[0][4:].encode("ascii").decode("punycode")
    except (UnicodeError, ValueError):
        return None
