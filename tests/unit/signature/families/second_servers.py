"""A second set for PHP, .NET, Go, Rust and Ruby, written before the code was tried on it."""

from __future__ import annotations

from tests.unit.signature.families import Family, Member, at

__all__ = ["FAMILIES"]


def _family(name: str, *members: Member) -> Family:
    return Family(name=name, members=members)


FAMILIES: tuple[Family, ...] = (
    _family(
        "php_laravel",
        at(
            "a",
            "order 7 missing",
            '[2026-01-02 03:04:05] production.ERROR: order 7 missing {"userId":1,"exception":"[ob'
            "ject] (App\\\\Missing(code: 0): order 7 missing at /var/www/app/Orders.php:12)\n[sta"
            'cktrace]\n#0 /var/www/app/Cart.php(9): App\\\\Orders->find(7)\n#1 {main}\n"}',
        ),
        at(
            "a",
            "order 9 missing",
            '[2026-01-03 03:04:05] production.ERROR: order 9 missing {"exception":"[object] (App'
            "\\\\Missing(code: 0): order 9 missing at /srv/app/Orders.php:22)\n[stacktrace]\n#0 /"
            'srv/app/Job.php(9): App\\\\Orders->find(9)\n#1 {main}\n"}',
        ),
        at(
            "b",
            "order 7 missing",
            '[2026-01-02 03:04:05] production.ERROR: order 7 missing {"userId":1,"exception":"[ob'
            "ject] (App\\\\Missing(code: 0): order 7 missing at /var/www/app/Orders.php:12)\n[sta"
            'cktrace]\n#0 /var/www/app/Cart.php(9): App\\\\Orders->load(7)\n#1 {main}\n"}',
        ),
    ),
    _family(
        "php_static",
        at(
            "a",
            "PHP Fatal error:  Uncaught DivisionByZeroError: Division by zero in /a/Sum.php:3",
            "PHP Fatal error:  Uncaught DivisionByZeroError: Division by zero in /a/Sum.php:3\nSt"
            "ack trace:\n#0 /a/x.php(3): Sum::mean()\n#1 {main}\n  thrown in /a/Sum.php on line 3",
        ),
        at(
            "a",
            "DivisionByZeroError: Division by zero",
            "DivisionByZeroError: Division by zero in /b/Sum.php:13\nStack trace:\n#0 /b/y.php(3)"
            ": Sum::mean()\n#1 {main}",
        ),
        at(
            "b",
            "DivisionByZeroError: Division by zero",
            "DivisionByZeroError: Division by zero in /b/Sum.php:13\nStack trace:\n#0 /b/y.php(3)"
            ": Sum::ratio()\n#1 {main}",
        ),
        at(
            "c",
            "DivisionByZeroError: Modulo by zero",
            "DivisionByZeroError: Modulo by zero in /b/Sum.php:13\nStack trace:\n#0 /b/y.php(3): "
            "Sum::ratio()\n#1 {main}",
        ),
    ),
    _family(
        "php_main",
        at("a", "Exception: top 7", "Exception: top 7 in /a/run.php:3\nStack trace:\n#0 {main}"),
        at("a", "Exception: top 8", "Exception: top 8 in /b/run.php:13\nStack trace:\n#0 {main}"),
        at("b", "Exception: top 8", "Exception: top 8 in /b/walk.php:13\nStack trace:\n#0 {main}"),
    ),
    _family(
        "php_types",
        *[
            at(
                label,
                f"{t}: job 7 dead",
                f"{t}: job 7 dead in /a/J.php:3\nStack trace:\n#0 /a/x.php(3): J->run()\n#1 {{main}}",
            )
            for label, t in (
                ("a", "RuntimeException"),
                ("b", "App\\JobException"),
                ("c", "InvalidArgumentException"),
            )
        ],
    ),
    _family(
        "net_generic",
        at(
            "a",
            "System.Collections.Generic.KeyNotFoundException: The given key 'a7' was not present "
            "in the dictionary.",
            "System.Collections.Generic.KeyNotFoundException: The given key 'a7' was not present "
            "in the dictionary.\n   at System.Collections.Generic.Dictionary`2.get_Item(TKey key)"
            "\n   at Shop.Cache`1.Get[T](String key) in /src/Cache.cs:line 4",
        ),
        at(
            "a",
            "System.Collections.Generic.KeyNotFoundException: The given key 'zz' was not present "
            "in the dictionary.",
            "System.Collections.Generic.KeyNotFoundException: The given key 'zz' was not present "
            "in the dictionary.\n   at System.Collections.Generic.Dictionary`2.get_Item(TKey key)"
            "\n   at Shop.Cache`1.Get[T](String key) in C:\\x\\Cache.cs:line 14",
        ),
        at(
            "b",
            "System.Collections.Generic.KeyNotFoundException: The given key 'a7' was not present "
            "in the dictionary.",
            "System.Collections.Generic.KeyNotFoundException: The given key 'a7' was not present "
            "in the dictionary.\n   at System.Collections.Generic.Dictionary`2.get_Item(TKey key)"
            "\n   at Shop.Cache`1.Peek(String key) in /src/Cache.cs:line 4",
        ),
    ),
    _family(
        "net_aggregate",
        at(
            "a",
            "System.AggregateException: One or more errors occurred. (page 7 lost)",
            "System.AggregateException: One or more errors occurred. (page 7 lost)\n ---> System."
            "IO.IOException: page 7 lost\n   at Shop.Pages.Load(Int32 n) in /s/P.cs:line 3\n   --"
            "- End of inner exception stack trace ---\n   at System.Threading.Tasks.Task.Wait()\n"
            "   at Shop.Program.Main() in /s/M.cs:line 3",
        ),
        at(
            "a",
            "System.AggregateException: One or more errors occurred. (page 9 lost)",
            "System.AggregateException: One or more errors occurred. (page 9 lost)\n ---> System."
            "IO.IOException: page 9 lost\n   at Shop.Pages.Load(Int32 n) in /t/P.cs:line 13\n   -"
            "-- End of inner exception stack trace ---\n   at System.Threading.Tasks.Task.Wait()"
            "\n   at Shop.Program.Main() in /t/M.cs:line 3",
        ),
    ),
    _family(
        "net_ctor",
        at(
            "a",
            "System.ArgumentOutOfRangeException: size -1 (Parameter 'size')",
            "System.ArgumentOutOfRangeException: size -1 (Parameter 'size')\n   at Shop.Box..ctor"
            "(Int32 size) in /s/B.cs:line 3",
        ),
        at(
            "a",
            "System.ArgumentOutOfRangeException: size -7 (Parameter 'size')",
            "System.ArgumentOutOfRangeException: size -7 (Parameter 'size')\n   at Shop.Box..ctor"
            "(Int32 size) in /t/B.cs:line 13",
        ),
        at(
            "b",
            "System.ArgumentOutOfRangeException: size -7 (Parameter 'size')",
            "System.ArgumentOutOfRangeException: size -7 (Parameter 'size')\n   at Shop.Crate..ct"
            "or(Int32 size) in /t/B.cs:line 13",
        ),
    ),
    _family(
        "net_nofile",
        at(
            "a",
            "System.Exception: w 7",
            "System.Exception: w 7\n   at Shop.A.B()\n   at Shop.C.D(String a, Int32 b)",
        ),
        at("a", "System.Exception: w 8", "System.Exception: w 8\n   at Shop.A.B()"),
        at("b", "System.Exception: w 8", "System.Exception: w 8\n   at Shop.A.C()"),
    ),
    _family(
        "net_german",
        at("a", "System.Exception: x 7", "System.Exception: x 7\n   bei Shop.E.B() in C:\\A.cs:Zeile 7."),
        at("a", "System.Exception: x 7", "System.Exception: x 7\n   bei Shop.E.B() in C:\\A.cs:Zeile 17."),
        at("b", "System.Exception: x 7", "System.Exception: x 7\n   bei Shop.A.D() in C:\\A.cs:Zeile 7."),
    ),
    _family(
        "go_method_value",
        at(
            "a",
            "panic: nil pointer 7",
            "panic: nil pointer 7\n\ngoroutine 5 [running]:\nmain.(*S).Run-fm()\n\t/a/s.go:3 +0x1"
            "\nmain.main()\n\t/a/m.go:3 +0x1",
        ),
        at(
            "a",
            "panic: nil pointer 8",
            "panic: nil pointer 8\n\ngoroutine 1 [running]:\nmain.(*S).Run(0xc0)\n\t/b/s.go:13 +0x1",
        ),
        at(
            "b",
            "panic: nil pointer 8",
            "panic: nil pointer 8\n\ngoroutine 1 [running]:\nmain.(*T).Run(0xc0)\n\t/b/s.go:13 +0x1",
        ),
    ),
    _family(
        "go_generic",
        at(
            "a",
            "panic: bad 7",
            "panic: bad 7\n\ngoroutine 1 [running]:\nmain.Map[...]({0xc0, 1, 1})\n\t/a/g.go:3 +0x1",
        ),
        at(
            "a",
            "panic: bad 8",
            "panic: bad 8\n\ngoroutine 1 [running]:\nmain.Map[go.shape.int](0xc0)\n\t/a/g.go:3 +0x1",
        ),
    ),
    _family(
        "go_http",
        at(
            "a",
            "http: panic serving 10.0.0.1:5: cart 7 broken",
            "http: panic serving 10.0.0.1:5: cart 7 broken\ngoroutine 33 [running]:\nnet/http.(*c"
            "onn).serve.func1()\n\t/usr/local/go/src/net/http/server.go:1850 +0xbf\npanic({0x1, 0"
            "x2})\n\t/usr/local/go/src/runtime/panic.go:890 +0x262\nacme/shop.(*Cart).Show(0xc0)"
            "\n\t/srv/cart.go:3 +0x1",
        ),
        at(
            "a",
            "http: panic serving 10.0.0.9:55: cart 9 broken",
            "http: panic serving 10.0.0.9:55: cart 9 broken\ngoroutine 44 [running]:\nnet/http.(*"
            "conn).serve.func1()\n\t/usr/local/go/src/net/http/server.go:1868 +0xb9\npanic({0x1?,"
            " 0x2?})\n\t/usr/local/go/src/runtime/panic.go:920 +0x270\nacme/shop.(*Cart).Show(0xc"
            "0)\n\t/x/cart.go:13 +0x1",
        ),
        at(
            "b",
            "http: panic serving 10.0.0.1:5: cart 7 broken",
            "http: panic serving 10.0.0.1:5: cart 7 broken\ngoroutine 33 [running]:\npanic({0x1, "
            "0x2})\n\t/usr/local/go/src/runtime/panic.go:890 +0x262\nacme/shop.(*Cart).Pay(0xc0)"
            "\n\t/srv/cart.go:3 +0x1",
        ),
    ),
    _family(
        "go_status",
        *[
            at(
                label,
                f"panic: api answered {c}",
                f"panic: api answered {c}\n\ngoroutine 1 [running]:\nmain.get()\n\t/a.go:3 +0x1",
            )
            for label, c in (("a", 404), ("b", 500), ("c", 429))
        ],
    ),
    _family(
        "rust_trait",
        at(
            "a",
            "odd 7",
            "thread 'main' panicked at src/a.rs:3:4:\nodd 7\nstack backtrace:\n   0: rust_begin_u"
            "nwind\n   1: <shop::Cart as shop::Total>::total\n   2: shop::main\n",
        ),
        at(
            "a",
            "odd 8",
            "thread 'main' panicked at src/a.rs:13:4:\nodd 8\nstack backtrace:\n   0: rust_begin_"
            "unwind\n   1: core::panicking::panic_fmt\n   2: <shop::Cart as shop::Total>::total\n"
            "   3: shop::main\n",
        ),
        at(
            "b",
            "odd 8",
            "thread 'main' panicked at src/a.rs:13:4:\nodd 8\nstack backtrace:\n   0: rust_begin_"
            "unwind\n   2: <shop::Order as shop::Total>::total\n   3: shop::main\n",
        ),
    ),
    _family(
        "rust_tokio",
        at(
            "a",
            "page 7 gone",
            "thread 'tokio-runtime-worker' panicked at src/p.rs:3:4:\npage 7 gone\nstack backtrac"
            "e:\n   0: rust_begin_unwind\n   1: shop::fetch::{{closure}}\n             at ./src/p"
            ".rs:3:4\n   2: tokio::runtime::task::core::Core<T,S>::poll\n             at /home/x/"
            ".cargo/registry/src/index.crates.io-6f17d22bba15001f/tokio-1.35.0/src/runtime/task/c"
            "ore.rs:328:17",
        ),
        at(
            "a",
            "page 9 gone",
            "thread 'main' panicked at src/p.rs:13:4:\npage 9 gone\nstack backtrace:\n   0: rust_"
            "begin_unwind\n   1: shop::fetch::{{closure}}::{{closure}}\n             at ./src/p.r"
            "s:13:4\n   2: shop::main",
        ),
        at(
            "b",
            "page 9 gone",
            "thread 'main' panicked at src/p.rs:13:4:\npage 9 gone\nstack backtrace:\n   0: rust_"
            "begin_unwind\n   1: shop::store::{{closure}}\n             at ./src/p.rs:13:4",
        ),
    ),
    _family(
        "rust_expect",
        *[
            at(
                label,
                f'{m}: "{v}"',
                f"thread 'main' panicked at src/e.rs:3:4:\n{m}: \"{v}\"\nstack backtrace:\n   0: "
                f"rust_begin_unwind\n   1: core::result::unwrap_failed\n   2: shop::e::run\n     "
                f"        at ./src/e.rs:3:4",
            )
            for label, m, v in (
                ("a", "no plan", "gold"),
                ("a", "no plan", "silver plus"),
                ("b", "no team", "gold"),
            )
        ],
    ),
    _family(
        "ruby_rails",
        at(
            "a",
            "undefined method 'name' for nil",
            "app/models/cart.rb:3:in 'Cart#owner': undefined method 'name' for nil (NoMethodError"
            ")\n\n    user.name\n        ^^^^^\n\tfrom app/controllers/carts.rb:9:in 'CartsContro"
            "ller#show'\n",
        ),
        at(
            "a",
            "undefined method 'name' for nil",
            "/srv/app/models/cart.rb:13:in 'Cart#owner': undefined method 'name' for nil (NoMetho"
            "dError)\n\tfrom /srv/app/jobs/x.rb:9:in 'X#perform'\n",
        ),
        at(
            "b",
            "undefined method 'email' for nil",
            "app/models/cart.rb:4:in 'Cart#owner': undefined method 'email' for nil (NoMethodError)\n",
        ),
    ),
    _family(
        "ruby_full_top",
        at(
            "a",
            "boom 7",
            "Traceback (most recent call last):\n\t2: from /a/x.rb:9:in `<main>'\n\t1: from /a/x."
            "rb:5:in `run'\n/a/x.rb:3:in `fire': boom 7 (RuntimeError)\n",
        ),
        at("a", "boom 8", "/b/x.rb:13:in `fire': boom 8 (RuntimeError)\n\tfrom /b/x.rb:5:in `run'\n"),
        at("b", "boom 8", "/b/x.rb:13:in `run': boom 8 (RuntimeError)\n"),
    ),
)
