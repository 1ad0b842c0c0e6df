"""Panics and stacks of Go."""

from __future__ import annotations

from tests.unit.signature.families import Family, Member, at

__all__ = ["FAMILIES"]


def _go(
    label: str, message: str, *frames: str, root: str = "/srv/app", line: int = 10, error: str = ""
) -> Member:
    """Make a panic; a frame is ``call@file``."""
    lines: list[str] = []
    for frame in frames:
        call, _, file = frame.partition("@")
        lines.append(f"{call}\n\t{file if file.startswith('/') else root + '/' + file}:{line} +0x1d")
    stack = "\n".join([f"panic: {message}", "", "goroutine 1 [running]:", *lines, "exit status 2"])
    return at(label, error or f"panic: {message}", stack)


FAMILIES: tuple[Family, ...] = (
    Family(
        name="go_methods",
        members=(
            _go(
                "a",
                "tank 7 overflow",
                "github.com/acme/plant/tank.(*Tank).Fill(0xc000012345, 0x7)@tank/tank.go",
                "main.main()@main.go",
            ),
            _go(
                "a",
                "tank B-9 overflow",
                "github.com/acme/plant/tank.(*Tank).Fill(...)@tank/tank.go",
                "main.job()@job.go",
                root="/build/x",
                line=33,
            ),
            _go(
                "a",
                "tank 7 overflow",
                "github.com/acme/plant/tank.(*Tank).Fill.func1()@tank/tank.go",
                "main.main()@main.go",
            ),
            _go(
                "b",
                "tank 7 overflow",
                "github.com/acme/plant/tank.(*Barrel).Fill(0xc000012345)@tank/tank.go",
                "main.main()@main.go",
            ),
            _go(
                "c",
                "tank 7 leaking",
                "github.com/acme/plant/tank.(*Tank).Fill(0xc000012345)@tank/tank.go",
                "main.main()@main.go",
            ),
        ),
    ),
    Family(
        name="go_library",
        members=(
            _go(
                "a",
                "runtime error: index out of range [5] with length 3",
                "runtime.goPanicIndex(0x5, 0x3)@/usr/local/go/src/runtime/panic.go",
                "main.pick({0xc0, 0x3, 0x3})@pick.go",
                "main.main()@main.go",
            ),
            _go(
                "a",
                "runtime error: index out of range [9] with length 0",
                "main.pick({0xc0, 0x3, 0x3})@pick.go",
                "main.main()@main.go",
                line=44,
            ),
            _go(
                "b",
                "runtime error: index out of range [5] with length 3",
                "main.drop({0xc0, 0x3, 0x3})@pick.go",
                "main.main()@main.go",
            ),
            _go(
                "c",
                "runtime error: slice bounds out of range [:5] with capacity 3",
                "main.pick({0xc0, 0x3, 0x3})@pick.go",
                "main.main()@main.go",
            ),
        ),
    ),
    Family(
        name="go_recovered",
        members=(
            _go(
                "a",
                "assignment to entry in nil map [recovered]\n\tpanic: assignment to entry in nil map",
                "testing.tRunner.func1.2({0x5, 0x6})@/usr/local/go/src/testing/testing.go",
                "testing.tRunner.func1()@/usr/local/go/src/testing/testing.go",
                "panic({0x1, 0x2})@/usr/local/go/src/runtime/panic.go",
                "main.store()@store.go",
            ),
            _go(
                "a", "assignment to entry in nil map", "main.store()@store.go", "main.main()@main.go", line=30
            ),
            _go("b", "assignment to entry in nil map", "main.put()@store.go", "main.main()@main.go"),
        ),
    ),
    Family(
        name="go_modules",
        members=(
            _go(
                "a",
                "sql: database is closed",
                "database/sql.(*DB).conn(0xc0)@/usr/local/go/src/database/sql/sql.go",
                "github.com/jmoiron/sqlx.(*DB).Get(0xc0)@/home/ci/go/pkg/mod/github.com/jmoiron/sqlx"
                "@v1.3.5/sqlx.go",
                "acme/shop.Load(0x7)@shop.go",
            ),
            _go(
                "a",
                "sql: database is closed",
                "database/sql.(*DB).conn(0xc0)@/usr/lib/go-1.22/src/database/sql/sql.go",
                "github.com/jmoiron/sqlx.(*DB).Get(0xc0)@/home/x/go/pkg/mod/github.com/jmoiron/sq"
                "lx@v1.4.0/sqlx.go",
                "acme/shop.Load(0x9)@shop.go",
                line=77,
            ),
            _go(
                "b",
                "sql: database is closed",
                "database/sql.(*DB).conn(0xc0)@/usr/local/go/src/database/sql/sql.go",
                "github.com/jmoiron/sqlx.(*DB).Get(0xc0)@/home/ci/go/pkg/mod/github.com/jmoiron/sqlx"
                "@v1.3.5/sqlx.go",
                "acme/shop.Save(0x7)@shop.go",
            ),
        ),
    ),
    Family(
        name="go_errors_with_stack",
        members=(
            at(
                "a",
                "load cart 7: connection refused",
                "load cart 7: connection refused\nacme/shop.loadCart\n\t/srv/shop/cart.go:12\nacm"
                "e/shop.Handler\n\t/srv/shop/http.go:30\nnet/http.HandlerFunc.ServeHTTP\n\t/usr/l"
                "ocal/go/src/net/http/server.go:2136",
            ),
            at(
                "a",
                "load cart 9: connection refused",
                "load cart 9: connection refused\nacme/shop.loadCart\n\t/build/shop/cart.go:22\nm"
                "ain.main\n\t/build/main.go:30",
            ),
            at(
                "b",
                "load cart 7: connection refused",
                "load cart 7: connection refused\nacme/shop.loadUser\n\t/srv/shop/cart.go:12",
            ),
            at(
                "c",
                "load cart 7: i/o timeout",
                "load cart 7: i/o timeout\nacme/shop.loadCart\n\t/srv/shop/cart.go:12",
            ),
        ),
    ),
    Family(
        name="go_fatal",
        members=(
            at(
                "a",
                "fatal error: concurrent map writes",
                "fatal error: concurrent map writes\n\ngoroutine 19 [running]:\nmain.count(0x1)\n"
                "\t/srv/c.go:9 +0x1\ncreated by main.main in goroutine 1\n\t/srv/c.go:20 +0x2\n\n"
                "goroutine 1 [semacquire]:\nsync.runtime_Semacquire(0x1)\n\t/usr/local/go/src/run"
                "time/sema.go:62 +0x25",
            ),
            at(
                "a",
                "fatal error: concurrent map writes",
                "fatal error: concurrent map writes\n\ngoroutine 7 [running]:\nmain.count(0x9)\n"
                "\t/opt/c.go:19 +0x1",
            ),
            at(
                "b",
                "fatal error: concurrent map writes",
                "fatal error: concurrent map writes\n\ngoroutine 7 [running]:\nmain.sum(0x9)\n\t/"
                "opt/c.go:19 +0x1",
            ),
        ),
    ),
    Family(
        name="go_types",
        members=(
            _go("a", "main.NotReady{ID:7}", "main.open(0x7)@o.go"),
            _go("a", "main.NotReady{ID:8}", "main.open(0x8)@o.go", line=21),
            _go("b", "main.Closed{ID:7}", "main.open(0x7)@o.go"),
        ),
    ),
)
