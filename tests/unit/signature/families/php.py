"""Stacks of PHP."""

from __future__ import annotations

from tests.unit.signature.families import Family, Member, at

__all__ = ["FAMILIES"]


def _php(
    label: str,
    kind: str,
    message: str,
    file: str,
    *frames: str,
    lead: str = "PHP Fatal error:  Uncaught ",
    error: str = "",
) -> Member:
    trace = "\n".join(f"#{number} {frame}" for number, frame in enumerate([*frames, "{main}"]))
    stack = f"{lead}{kind}: {message} in {file}:12\nStack trace:\n{trace}\n  thrown in {file} on line 12"
    return at(label, error or f"{kind}: {message}", stack, file=file, line=12)


_ROOT = "/var/www/shop"
_ALT = "/home/deploy/releases/20260102"

FAMILIES: tuple[Family, ...] = (
    Family(
        name="php_own_functions",
        members=(
            _php(
                "a",
                "Exception",
                "Failed to parse time string (7) at position 0 (7): Unexpected character",
                f"{_ROOT}/src/Clock.php",
                f"{_ROOT}/src/Clock.php(12): DateTimeImmutable->__construct('...')",
                f"{_ROOT}/index.php(9): App\\Clock->opens()",
            ),
            _php(
                "a",
                "Exception",
                "Failed to parse time string (x) at position 3 (y): Unexpected character",
                f"{_ALT}/src/Clock.php",
                f"{_ALT}/src/Clock.php(12): DateTimeImmutable->__construct('...')",
                f"{_ALT}/src/Job.php(3): App\\Clock->opens()",
                error="Failed to parse time string (x) at position 3 (y): Unexpected character",
            ),
            _php(
                "b",
                "Exception",
                "Failed to parse time string (7) at position 0 (7): Unexpected character",
                f"{_ROOT}/src/Clock.php",
                f"{_ROOT}/src/Clock.php(12): DateTimeImmutable->__construct('...')",
                f"{_ROOT}/index.php(9): App\\Clock->closes()",
            ),
        ),
    ),
    Family(
        name="php_called_back",
        members=(
            _php(
                "a",
                "DomainException",
                "no wheel 7",
                f"{_ROOT}/src/Wheels.php",
                f"{_ROOT}/src/Cart.php(9): App\\Wheels->turn(7)",
            ),
            _php(
                "a",
                "DomainException",
                "no wheel 12",
                f"{_ROOT}/src/Wheels.php",
                "[internal function]: App\\Wheels->turn(12)",
                f"{_ROOT}/src/Cart.php(9): array_map(Array, Array)",
            ),
            _php(
                "b",
                "DomainException",
                "no wheel 12",
                f"{_ROOT}/src/Wheels.php",
                "[internal function]: App\\Wheels->stop(12)",
                f"{_ROOT}/src/Cart.php(9): array_map(Array, Array)",
            ),
        ),
    ),
    Family(
        name="php_methods",
        members=(
            _php(
                "a",
                "RuntimeException",
                "order 7 not found",
                f"{_ROOT}/src/Orders.php",
                f"{_ROOT}/src/Cart.php(33): App\\Orders->find(7)",
                f"{_ROOT}/index.php(9): App\\Cart->pay()",
            ),
            _php(
                "a",
                "RuntimeException",
                "order 99 not found",
                f"{_ALT}/src/Orders.php",
                f"{_ALT}/src/Job.php(3): App\\Orders->find(99)",
                lead="",
            ),
            _php(
                "a",
                "RuntimeException",
                "order 99 not found",
                f"{_ALT}/src/Orders.php",
                f"{_ALT}/src/Job.php(3): App\\Orders->find(99)",
                error="order 99 not found",
            ),
            _php(
                "b",
                "RuntimeException",
                "order 7 not found",
                f"{_ROOT}/src/Carts.php",
                f"{_ROOT}/src/Cart.php(33): App\\Carts->find(7)",
            ),
            _php(
                "c",
                "LogicException",
                "order 7 not found",
                f"{_ROOT}/src/Orders.php",
                f"{_ROOT}/src/Cart.php(33): App\\Orders->find(7)",
            ),
            _php(
                "d",
                "RuntimeException",
                "order 7 is locked",
                f"{_ROOT}/src/Orders.php",
                f"{_ROOT}/src/Cart.php(33): App\\Orders->find(7)",
            ),
            _php(
                "e",
                "RuntimeException",
                "order 7 not found",
                f"{_ROOT}/src/Orders.php",
                f"{_ROOT}/src/Cart.php(33): App\\Orders->load(7)",
            ),
        ),
    ),
    Family(
        name="php_library",
        members=(
            _php(
                "a",
                "PDOException",
                "SQLSTATE[42S02]: Base table or view not found: 1146 Table 'shop.ordrs' doesn't exist",
                f"{_ROOT}/vendor/laravel/framework/src/Connection.php",
                f"{_ROOT}/vendor/laravel/framework/src/Connection.php(705): PDO->prepare('select "
                f"* from or...')",
                f"{_ROOT}/src/Orders.php(12): Illuminate\\Database\\Connection->select()",
                f"{_ROOT}/public/index.php(3): App\\Orders->all()",
            ),
            _php(
                "a",
                "PDOException",
                "SQLSTATE[42S02]: Base table or view not found: 1146 Table 'shop.ordrs' doesn't exist",
                f"{_ALT}/vendor/laravel/framework/src/Connection.php",
                f"{_ALT}/vendor/laravel/framework/src/Connection.php(715): PDO->prepare('select *"
                f" from or...')",
                f"{_ALT}/src/Orders.php(22): Illuminate\\Database\\Connection->select()",
                f"{_ALT}/worker.php(3): App\\Orders->all()",
            ),
            _php(
                "b",
                "PDOException",
                "SQLSTATE[42S02]: Base table or view not found: 1146 Table 'shop.ordrs' doesn't exist",
                f"{_ROOT}/vendor/laravel/framework/src/Connection.php",
                f"{_ROOT}/vendor/laravel/framework/src/Connection.php(705): PDO->prepare('select "
                f"* from or...')",
                f"{_ROOT}/src/Orders.php(42): Illuminate\\Database\\Connection->select()",
                f"{_ROOT}/public/index.php(3): App\\Orders->one()",
            ),
        ),
    ),
    Family(
        name="php_functions",
        members=(
            _php(
                "a",
                "TypeError",
                "total(): Argument #1 ($cart) must be of type array, null given, called in /var/w"
                "ww/shop/a.php on line 9",
                f"{_ROOT}/lib.php",
                f"{_ROOT}/a.php(9): total(NULL)",
            ),
            _php(
                "a",
                "TypeError",
                "total(): Argument #1 ($cart) must be of type array, null given, called in /srv/b"
                ".php on line 19",
                f"{_ROOT}/lib.php",
                "/srv/b.php(19): total(NULL)",
            ),
            _php(
                "b",
                "TypeError",
                "tax(): Argument #1 ($cart) must be of type array, null given, called in /var/www"
                "/shop/a.php on line 9",
                f"{_ROOT}/lib.php",
                f"{_ROOT}/a.php(9): tax(NULL)",
            ),
        ),
    ),
    Family(
        name="php_undefined",
        members=(
            _php(
                "a",
                "Error",
                "Call to undefined method App\\Cart::totl()",
                f"{_ROOT}/src/Pay.php",
                f"{_ROOT}/index.php(9): App\\Pay->run()",
            ),
            _php(
                "b",
                "Error",
                "Call to undefined method App\\Cart::taxs()",
                f"{_ROOT}/src/Pay.php",
                f"{_ROOT}/index.php(9): App\\Pay->run()",
            ),
            _php(
                "c",
                "Error",
                'Class "App\\Card" not found',
                f"{_ROOT}/src/Pay.php",
                f"{_ROOT}/index.php(9): App\\Pay->run()",
            ),
            _php(
                "d",
                "Error",
                'Class "App\\Coupon" not found',
                f"{_ROOT}/src/Pay.php",
                f"{_ROOT}/index.php(9): App\\Pay->run()",
            ),
            _php(
                "e",
                "Error",
                "Call to a member function pay() on null",
                f"{_ROOT}/src/Pay.php",
                f"{_ROOT}/index.php(9): App\\Pay->run()",
            ),
        ),
    ),
    Family(
        name="php_closures",
        members=(
            _php(
                "a",
                "DomainException",
                "row 7 bad",
                f"{_ROOT}/src/Rows.php",
                "[internal function]: App\\Rows->App\\{closure}(7)",
                f"{_ROOT}/src/Rows.php(9): array_map(Object(Closure), Array)",
                f"{_ROOT}/index.php(1): App\\Rows->all()",
            ),
            _php(
                "a",
                "DomainException",
                "row 8 bad",
                f"{_ALT}/src/Rows.php",
                "[internal function]: App\\Rows->App\\{closure}(8)",
                f"{_ALT}/src/Rows.php(19): array_map(Object(Closure), Array)",
                f"{_ALT}/index.php(1): App\\Rows->all()",
            ),
            _php(
                "b",
                "DomainException",
                "row 7 bad",
                f"{_ROOT}/src/Cells.php",
                "[internal function]: App\\Cells->App\\{closure}(7)",
                f"{_ROOT}/src/Cells.php(9): array_map(Object(Closure), Array)",
                f"{_ROOT}/index.php(1): App\\Cells->all()",
            ),
        ),
    ),
    Family(
        name="php_previous",
        members=tuple(
            at(
                label,
                f"App\\SyncFailed: shop {shop} failed",
                f"{inner} in {root}/src/Http.php:30\nStack trace:\n#0 {root}/src/Sync.php(8): App"
                f"\\Http->get()\n#1 {{main}}\n\n"
                f"Next App\\SyncFailed: shop {shop} failed in {root}/src/Sync.php:9\nStack trace:"
                f"\n#0 {root}/run.php(3): App\\Sync->run({shop})\n#1 {{main}}",
            )
            for label, shop, root, inner in (
                ("a", 7, _ROOT, "App\\Timeout: after 30 s"),
                ("a", 8, _ALT, "App\\Timeout: after 31 s"),
                ("b", 7, _ROOT, "App\\Refused: connection refused"),
            )
        ),
    ),
    Family(
        name="php_warnings",
        members=(
            at(
                "a",
                "PHP Warning:  Undefined variable $cart in /var/www/shop/a.php on line 9",
                "PHP Warning:  Undefined variable $cart in /var/www/shop/a.php on line 9",
                file="/var/www/shop/a.php",
                line=9,
            ),
            at(
                "a",
                "PHP Warning:  Undefined variable $cart in /srv/x/a.php on line 19",
                "PHP Warning:  Undefined variable $cart in /srv/x/a.php on line 19",
                file="/srv/x/a.php",
                line=19,
            ),
            at(
                "b",
                "PHP Warning:  Undefined variable $user in /var/www/shop/a.php on line 9",
                "PHP Warning:  Undefined variable $user in /var/www/shop/a.php on line 9",
                file="/var/www/shop/a.php",
                line=9,
            ),
            at(
                "c",
                "PHP Notice:  Undefined variable $cart in /var/www/shop/b.php on line 9",
                "PHP Notice:  Undefined variable $cart in /var/www/shop/b.php on line 9",
                file="/var/www/shop/b.php",
                line=9,
            ),
        ),
    ),
    Family(
        name="php_trace_alone",
        members=(
            at(
                "a",
                "RuntimeException: seat 7 taken",
                "#0 /srv/src/Hall.php(33): App\\Seats->take(7)\n#1 {main}",
                file="/srv/src/Seats.php",
                line=4,
            ),
            at(
                "a",
                "RuntimeException: seat 9 taken",
                "#0 /opt/src/Hall.php(43): App\\Seats->take(9)\n#1 {main}",
                file="/opt/src/Seats.php",
                line=14,
            ),
            at(
                "b",
                "RuntimeException: seat 7 taken",
                "#0 /srv/src/Hall.php(33): App\\Seats->swap(7)\n#1 {main}",
                file="/srv/src/Seats.php",
                line=9,
            ),
        ),
    ),
)
