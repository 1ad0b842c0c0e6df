"""What must never change a signature, and what always must."""

from __future__ import annotations

import keyword
import re
from uuid import UUID

from hypothesis import example, given
from hypothesis import strategies as st

from aat_reporters.signature import stable

Facts = dict[str, object]

_NAME = st.from_regex(r"[a-z]{3,10}", fullmatch=True).filter(lambda name: not keyword.iskeyword(name))
_WORDS = st.lists(st.from_regex(r"[a-z]{3,9}", fullmatch=True), min_size=2, max_size=5).map(" ".join)
#: Quoted text that is a name of code or an HTTP status, which is identity.
_QUOTED_IDENTITY = re.compile(
    r"None|Some|Ok|Err|Object reference|.*\(\)|.*\w::\w.*|.*[1-5]\d\d [A-Z][a-z].*", re.S
)
_DATA = st.one_of(
    st.integers(-(10**12), 10**12).map(str),
    st.uuids().map(str),
    st.ip_addresses().map(str),
    st.datetimes().map(lambda moment: moment.isoformat()),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.text(min_size=1, max_size=20)
    .filter(lambda text: not _QUOTED_IDENTITY.fullmatch(text))
    .map(lambda text: repr(text.replace("\\", "")))
    .filter(lambda text: "\\" not in text),
)
_FOLDER = st.lists(st.from_regex(r"[a-z0-9_-]{1,8}", fullmatch=True), min_size=1, max_size=4).map(
    lambda parts: "/" + "/".join(parts)
)


def _facts(
    *,
    words: str,
    value: str,
    kind: str = "ValueError",
    function: str = "pay",
    root: str = "/srv/app",
    line: int = 10,
    has_code: bool = True,
) -> Facts:
    code = f'raise {kind}(f"{words} {{value}} in vain")' if has_code else "raise error"
    frame: Facts = {
        "file": f"{root}/shop/cart.py",
        "function": function,
        "qualname": f"Cart.{function}",
        "line": line,
        "code": code,
        "module": "shop.cart",
        "first_line": line - 4,
    }
    return {"error": f"{words} {value} in vain", "type": kind, "frames": [frame], "root": root}


@given(words=_WORDS, one=st.text(max_size=60), two=st.text(max_size=60))
def test_data_in_a_template_never_matters(words: str, one: str, two: str) -> None:
    assert stable(_facts(words=words, value=one)) == stable(_facts(words=words, value=two))


@example(words="cannot bind", one="0", two="::")
@example(words="cannot bind", one="0", two="64:ff9b::")
@example(words="cannot bind", one="0", two="1d:0:0:1::")
@example(words="cannot bind", one="0", two="'{'")
@given(words=_WORDS, one=_DATA, two=_DATA)
def test_data_without_a_template_is_recognised(words: str, one: str, two: str) -> None:
    first = _facts(words=words, value=one, has_code=False)
    assert stable(first) == stable(_facts(words=words, value=two, has_code=False))


@given(words=_WORDS, one=st.uuids(), two=st.uuids())
def test_ids_in_a_message_alone_never_matter(words: str, one: UUID, two: UUID) -> None:
    assert stable({"error": f"{words} {one} again"}) == stable({"error": f"{words} {two} again"})


@given(words=_WORDS, root=_FOLDER, line=st.integers(5, 10**6))
def test_lines_and_folders_never_matter(words: str, root: str, line: int) -> None:
    moved = _facts(words=words, value="7", root=root, line=line)
    assert stable(moved) == stable(_facts(words=words, value="7"))


@given(words=_WORDS, other=_WORDS)
def test_another_template_always_matters(words: str, other: str) -> None:
    is_same = stable(_facts(words=words, value="7")) == stable(_facts(words=other, value="7"))
    assert is_same == (words == other)


@given(words=_WORDS, name=_NAME, other=_NAME)
def test_another_function_or_type_always_matters(words: str, name: str, other: str) -> None:
    here = stable(_facts(words=words, value="7", function=name))
    assert (here == stable(_facts(words=words, value="7", function=other))) == (name == other)
    typed = stable(_facts(words=words, value="7", kind=name.title()))
    assert (typed == stable(_facts(words=words, value="7", kind=other.title()))) == (name == other)


_JSON = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.text(max_size=30),
        st.characters(categories=["Cs"]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=5), inner, max_size=4)
    ),
    max_leaves=12,
)
_KEYS = (
    "error",
    "type",
    "stack",
    "frames",
    "cause",
    "relation",
    "exceptions",
    "log",
    "context",
    "root",
    "prefix",
    "stdlib",
    "fingerprint",
    "in_app_include",
)


@given(facts=st.dictionaries(st.sampled_from(_KEYS), _JSON))
def test_facts_of_any_shape_are_signed(facts: Facts) -> None:
    assert stable(facts).startswith("s1-")
    assert len(stable(facts)) == 35


@given(stack=st.text(max_size=400), error=st.text(max_size=80))
def test_stacks_of_any_text_are_signed(stack: str, error: str) -> None:
    assert stable({"error": error, "stack": stack}) == stable({"error": error, "stack": stack, "type": ""})
