"""Panics and error chains of Rust."""

from __future__ import annotations

from tests.unit.signature.families import Family, Member, at

__all__ = ["FAMILIES"]

_STD = "/rustc/59807616e1fa2540724bfbac14d7976d7e4a3860/library"


def _rust(
    label: str, message: str, *frames: str, file: str = "src/stock.rs", line: int = 12, head: str = ""
) -> Member:
    """Make a panic with a backtrace; a frame is ``function@file``."""
    head = head or f"thread 'main' panicked at {file}:{line}:5:\n{message}"
    trace = [
        f"   0: rust_begin_unwind\n             at {_STD}/std/src/panicking.rs:645:5",
        f"   1: core::panicking::panic_fmt\n             at {_STD}/core/src/panicking.rs:72:14",
    ]
    for number, frame in enumerate(frames, 2):
        function, _, place = frame.partition("@")
        trace.append(f"   {number}: {function}\n             at ./{place or file}:{line}:9")
    stack = "\n".join(
        [head, "stack backtrace:", *trace, "note: Some details are omitted, run with `RUST_BACKTRACE=full`."]
    )
    return at(label, message, stack, file=file, line=line)


FAMILIES: tuple[Family, ...] = (
    Family(
        name="rust_panics",
        members=(
            _rust("a", "item A1 sold out", "shop::stock::Shelf::take", "shop::main"),
            _rust(
                "a",
                "item ZZ-9 sold out",
                "shop::stock::Shelf::take::h0123456789abcdef",
                "shop::jobs::run",
                line=22,
            ),
            _rust(
                "a",
                "item 7 sold out",
                "shop::stock::Shelf::take",
                head="thread 'worker-3' (9203) panicked at src/stock.rs:12:5:\nitem 7 sold out",
            ),
            _rust(
                "a",
                "item 7 sold out",
                "shop::stock::Shelf::take",
                head="thread 'main' panicked at 'item 7 sold out', src/stock.rs:12:5",
            ),
            _rust("b", "item A1 sold out", "shop::stock::Crate::take", "shop::main"),
            _rust("c", "item A1 broken", "shop::stock::Shelf::take", "shop::main"),
        ),
    ),
    Family(
        name="rust_unwrap",
        members=(
            _rust(
                "a",
                "called `Option::unwrap()` on a `None` value",
                "core::option::Option<T>::unwrap@src/option.rs",
                "shop::cart::first",
            ),
            _rust(
                "a",
                "called `Option::unwrap()` on a `None` value",
                "core::option::unwrap_failed@src/option.rs",
                "core::option::Option<T>::unwrap@src/option.rs",
                "shop::cart::first",
                line=33,
            ),
            _rust(
                "b",
                "called `Option::unwrap()` on a `None` value",
                "core::option::Option<T>::unwrap@src/option.rs",
                "shop::cart::last",
            ),
            _rust(
                "c",
                "called `Result::unwrap()` on an `Err` value: ParseIntError { kind: InvalidDigit }",
                "core::result::unwrap_failed",
                "shop::cart::first",
            ),
        ),
    ),
    Family(
        name="rust_io",
        members=(
            _rust(
                "a",
                'config must exist: Os { code: 2, kind: NotFound, message: "No such file or directory" }',
                "core::result::unwrap_failed",
                "shop::config::open",
            ),
            _rust(
                "a",
                'config must exist: Os { code: 2, kind: NotFound, message: "No such file or directory" }',
                "core::result::Result<T,E>::expect",
                "shop::config::open",
                line=44,
            ),
            _rust(
                "b",
                'config must exist: Os { code: 13, kind: PermissionDenied, message: "Permission denied" }',
                "core::result::unwrap_failed",
                "shop::config::open",
            ),
        ),
    ),
    Family(
        name="rust_closures",
        members=(
            _rust(
                "a",
                "too big: 9",
                "shop::each::{{closure}}",
                "<core::slice::iter::Iter<T> as core::iter::traits::iterator::Iterator>::for_each"
                "@core/src/x.rs",
                "shop::each",
            ),
            _rust("a", "too big: 12", "shop::each::{closure#0}", "shop::each", line=30),
            _rust("b", "too big: 9", "shop::every::{{closure}}", "shop::every"),
        ),
    ),
    Family(
        name="rust_bounds",
        members=(
            _rust(
                "a",
                "index out of bounds: the len is 2 but the index is 7",
                "core::panicking::panic_bounds_check",
                "shop::tools::idx",
            ),
            _rust(
                "a",
                "index out of bounds: the len is 0 but the index is 0",
                "core::panicking::panic_bounds_check",
                "shop::tools::idx",
                line=99,
            ),
            _rust(
                "b",
                "index out of bounds: the len is 2 but the index is 7",
                "core::panicking::panic_bounds_check",
                "shop::tools::at",
            ),
        ),
    ),
    Family(
        name="rust_without_backtrace",
        members=(
            at(
                "a",
                "disk 7 is full",
                "thread 'main' panicked at src/disk.rs:9:5:\ndisk 7 is full\nnote: run with `RUST"
                "_BACKTRACE=1` environment variable to display a backtrace",
            ),
            at(
                "a",
                "disk 8 is full",
                "thread 'io' panicked at src/disk.rs:19:5:\ndisk 8 is full\nnote: run with `RUST_"
                "BACKTRACE=1` environment variable to display a backtrace",
            ),
            at("b", "disk 7 is gone", "thread 'main' panicked at src/disk.rs:9:5:\ndisk 7 is gone"),
            at("c", "disk 7 is full", "thread 'main' panicked at src/tape.rs:9:5:\ndisk 7 is full"),
        ),
    ),
    Family(
        name="rust_anyhow",
        members=tuple(
            at(
                label,
                f"failed to sync shop {shop}",
                f"Error: failed to sync shop {shop}\n\nCaused by:\n    0: request failed\n    1: "
                f"{root}\n\nStack backtrace:\n   0: anyhow::error::<impl anyhow::Error>::msg\n   "
                f"1: shop::sync::run\n             at ./src/sync.rs:{line}:9\n   2: shop::main\n "
                f"            at ./src/main.rs:3:5",
            )
            for label, shop, root, line in (
                ("a", 7, "connection refused", 9),
                ("a", 8, "connection refused", 19),
                ("b", 7, "dns failure", 9),
            )
        ),
    ),
)
