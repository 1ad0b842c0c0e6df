"""What must never change the signature of a stack in text, in any language, and what always must."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from aat_reporters.signature import facts_of, stable


@dataclass(frozen=True, slots=True, kw_only=True)
class Error:
    """An error as every language prints it in its own way.

    Args:
        kind: type, without what the language puts around it.
        words: of the message; data stands between them.
        data: a value in the message.
        function: that failed; its caller is another.
        folder: where the program lies.
        line: that failed.
    """

    kind: str = "Refusal"
    words: tuple[str, str] = ("order", "closed")
    data: str = "7"
    function: str = "settle"
    folder: str = "/srv/app"
    line: int = 20

    @property
    def message(self) -> str:
        return f"{self.words[0]} {self.data} {self.words[1]}"


Printed = tuple[str, str]


def python(e: Error) -> Printed:
    frames = (
        f'  File "{e.folder}/shop/main.py", line {e.line + 7}, in main\n    {e.function}(n)\n    ~~~~~~^^^\n'
        f'  File "{e.folder}/shop/cart.py", line {e.line}, in {e.function}\n    raise error\n'
    )
    said = f"shop.{e.kind}Error: {e.message}"
    return said, f"Traceback (most recent call last):\n{frames}{said}\n"


def node(e: Error) -> Printed:
    said = f"{e.kind}Error: {e.message}"
    frames = (
        f"    at {e.function} ({e.folder}/shop/cart.js:{e.line}:9)\n"
        f"    at main ({e.folder}/shop/main.js:{e.line + 5}:3)\n    at node:internal/main:{e.line}:1"
    )
    return said, f"{said}\n{frames}"


def chrome(e: Error) -> Printed:
    said = f"{e.kind}Error: {e.message}"
    place = f"https://cdn.example.com{e.folder}/cart.js"
    return said, f"{said}\n    at {e.function} ({place}:{e.line}:9)\n    at main ({place}:{e.line + 30}:3)"


def firefox(e: Error) -> Printed:
    place = f"https://cdn.example.com{e.folder}/cart.js"
    return f"{e.kind}Error: {e.message}", f"{e.function}@{place}:{e.line}:9\nmain@{place}:{e.line + 30}:3\n"


def java(e: Error) -> Printed:
    said = f"shop.{e.kind}Exception: {e.message}"
    frames = f"\tat shop.Cart.{e.function}(Cart.java:{e.line})\n\tat shop.Main.main(Main.java:{e.line + 3})\n"
    cause = f"Caused by: java.io.IOException: disk {e.data} full\n\tat shop.Disk.write(Disk.java:{e.line})\n"
    return said, f"{said}\n{frames}{cause}\t... 2 more\n"


def go(e: Error) -> Printed:
    said = f"panic: main.{e.kind}{{0x1}}: {e.message}"
    frames = (
        f"main.{e.function}(0xc00001)\n\t{e.folder}/cart.go:{e.line} +0x1d\n"
        f"main.main()\n\t{e.folder}/main.go:{e.line + 4} +0x2"
    )
    return said, f"{said}\n\ngoroutine 1 [running]:\n{frames}"


def ruby(e: Error) -> Printed:
    file = f"{e.folder}/cart.rb"
    said = f"{file}:{e.line}:in `{e.function}': {e.message} (Shop::{e.kind}Error)"
    return e.message, f"{said}\n\tfrom {file}:{e.line + 9}:in `main'\n\tfrom {e.folder}/run.rb:3:in `<main>'"


def php(e: Error) -> Printed:
    thrown = (
        f"PHP Fatal error:  Uncaught Shop\\{e.kind}Exception: {e.message} in {e.folder}/cart.php:{e.line}"
    )
    frames = f"#0 {e.folder}/main.php({e.line + 2}): {e.function}('x')\n#1 {{main}}\n  thrown"
    return f"Shop\\{e.kind}Exception: {e.message}", f"{thrown}\nStack trace:\n{frames}"


def dotnet(e: Error) -> Printed:
    said = f"Shop.{e.kind}Exception: {e.message}"
    frames = (
        f"   at Shop.Cart.{e.function}(Int32 n) in {e.folder}/Cart.cs:line {e.line}\n"
        f"   at Shop.Main.Run() in {e.folder}/Main.cs:line {e.line + 8}"
    )
    return said, f"{said}\n{frames}"


def perl(e: Error) -> Printed:
    return e.message, (
        f"{e.message} at {e.folder}/Cart.pm line {e.line}.\n"
        f"\tCart::{e.function}(7) called at {e.folder}/run.pl line {e.line + 2}\n"
    )


def rust(e: Error) -> Printed:
    said = f"thread 'main' panicked at src/cart.rs:{e.line}:9:\n{e.message}"
    frames = (
        f"   0: rust_begin_unwind\n   1: shop::{e.function}::h0123456789abcdef\n"
        f"             at {e.folder}/src/cart.rs:{e.line}:9\n   2: shop::main\n"
        f"             at {e.folder}/src/main.rs:{e.line + 4}:5\n"
    )
    return e.message, f"{said}\nstack backtrace:\n{frames}"


def shell(e: Error) -> Printed:
    return (
        e.message,
        f"  at {e.function} ({e.folder}/cart.sh:{e.line})\n  at main ({e.folder}/main.sh:{e.line + 4})",
    )


Print = Callable[[Error], Printed]

LANGUAGES: tuple[Print, ...] = (
    python, node, chrome, firefox, java, go, ruby, php, dotnet, perl, rust, shell,
)  # fmt: skip

#: Languages whose stacks or errors name a type.
TYPED = tuple(one for one in LANGUAGES if one not in (perl, rust, shell))

EVERY = pytest.mark.parametrize("printed", LANGUAGES)

#: Words that messages are made of; a name in their place counts as data.
_WORDS = st.sampled_from(
    ["order", "payment", "account", "timeout", "closed", "missing", "empty", "refused", "invalid", "locked"]
)
_NAMES = st.from_regex(r"[a-z]{3,9}[A-Z][a-z]{2,6}", fullmatch=True)
_KINDS = st.from_regex(r"[A-Z][a-z]{3,8}", fullmatch=True)
_DATA = st.one_of(
    st.integers(0, 10**12).map(str),
    st.uuids().map(str),
    st.ip_addresses(v=4).map(str),
    st.from_regex(r"[a-z]{1,8}@example\.com", fullmatch=True),
    st.from_regex(r"'[A-Za-z]{1,12}'", fullmatch=True),
    st.from_regex(r"/[a-z]{1,8}/[a-z]{1,8}\.csv", fullmatch=True),
    st.sampled_from(["Ann", "Kim Lee", "node-b", "zed", "X"]),
)
_FOLDER = st.lists(st.from_regex(r"[a-z][a-z0-9_-]{0,7}", fullmatch=True), min_size=1, max_size=4).map(
    lambda parts: "/" + "/".join(parts)
)


def signed(printed: Print, error: Error) -> str:
    said, stack = printed(error)
    return stable(facts_of({"error": said, "stack": stack}))


@EVERY
@given(one=_DATA, two=_DATA)
def test_data_never_matters(printed: Print, one: str, two: str) -> None:
    assert signed(printed, Error(data=one)) == signed(printed, Error(data=two))


@EVERY
@given(folder=_FOLDER, line=st.integers(1, 10**6))
def test_folders_and_lines_never_matter(printed: Print, folder: str, line: int) -> None:
    assume(not {"lib", "vendor", "gems", "deps", "node_modules"} & set(folder.split("/")))
    assert signed(printed, Error(folder=folder, line=line)) == signed(printed, Error())


@EVERY
@given(name=_NAMES)
def test_another_function_always_matters(printed: Print, name: str) -> None:
    assert signed(printed, Error(function=name)) != signed(printed, Error())


@pytest.mark.parametrize("printed", TYPED)
@given(kind=_KINDS)
def test_another_type_always_matters(printed: Print, kind: str) -> None:
    assert (signed(printed, Error(kind=kind)) == signed(printed, Error())) == (kind == Error().kind)


@EVERY
@given(first=_WORDS, second=_WORDS)
def test_another_template_always_matters(printed: Print, first: str, second: str) -> None:
    other = replace(Error(), words=(first, second))
    assert (signed(printed, other) == signed(printed, Error())) == (other.words == Error().words)
