"""Languages without a module of their own, and more messages, written before the code was tried on them."""

from __future__ import annotations

from tests.unit.signature.families import Family, Member, at, said

__all__ = ["FAMILIES"]


def _family(name: str, *members: Member) -> Family:
    return Family(name=name, members=members)


FAMILIES: tuple[Family, ...] = (
    _family(
        "elixir",
        at(
            "a",
            "** (RuntimeError) order 7 missing",
            "** (RuntimeError) order 7 missing\n    (shop 0.1.0) lib/shop/orders.ex:12: Shop.Orde"
            "rs.find/1\n    (shop 0.1.0) lib/shop/web.ex:3: Shop.Web.get/2",
        ),
        at(
            "a",
            "** (RuntimeError) order 9 missing",
            "** (RuntimeError) order 9 missing\n    (shop 0.2.0) lib/shop/orders.ex:22: Shop.Orde"
            "rs.find/1\n    (elixir 1.15.0) lib/enum.ex:3: Enum.map/2",
        ),
        at(
            "b",
            "** (RuntimeError) order 7 missing",
            "** (RuntimeError) order 7 missing\n    (shop 0.1.0) lib/shop/orders.ex:12: Shop.Orders.load/1",
        ),
    ),
    _family(
        "perl",
        at(
            "a",
            "order 7 missing at /a/x.pl line 12.",
            "order 7 missing at /a/x.pl line 12.\n\tmain::find(7) called at /a/x.pl line 20",
        ),
        at(
            "a",
            "order 9 missing at /b/x.pl line 22.",
            "order 9 missing at /b/x.pl line 22.\n\tmain::find(9) called at /b/x.pl line 30",
        ),
        at(
            "b",
            "order 7 missing at /a/x.pl line 12.",
            "order 7 missing at /a/x.pl line 12.\n\tmain::load(7) called at /a/x.pl line 20",
        ),
    ),
    _family(
        "dart",
        at(
            "a",
            "Bad state: order 7",
            "#0      Orders.find (package:shop/orders.dart:12:5)\n#1      main (package:shop/main"
            ".dart:3:3)\n<asynchronous suspension>",
        ),
        at(
            "a",
            "Bad state: order 9",
            "#0      Orders.find (package:shop/orders.dart:22:5)\n#1      other (package:shop/x.dart:3:3)",
        ),
        at("b", "Bad state: order 7", "#0      Orders.load (package:shop/orders.dart:12:5)"),
    ),
    _family(
        "swift_cpp",
        at(
            "a",
            "terminate called: order 7",
            "#0  0x00007f in raise () from /lib/libc.so.6\n#1  0x0000 in shop::find (id=7) at /sr"
            "c/shop.cpp:12\n#2  0x0 in main () at /src/main.cpp:3",
        ),
        at(
            "a",
            "terminate called: order 8",
            "#0  0x00007e in raise () from /lib/libc.so.6\n#1  0x0001 in shop::find (id=8) at /b/"
            "shop.cpp:22\n#2  0x0 in main () at /b/main.cpp:3",
        ),
        at("b", "terminate called: order 7", "#1  0x0000 in shop::load (id=7) at /src/shop.cpp:12"),
    ),
    _family(
        "lua",
        at(
            "a",
            "order 7 missing",
            "lua: shop.lua:12: order 7 missing\nstack traceback:\n\t[C]: in function 'error'\n\ts"
            "hop.lua:12: in function 'find'\n\tshop.lua:20: in main chunk",
        ),
        at(
            "a",
            "order 8 missing",
            "lua: shop.lua:22: order 8 missing\nstack traceback:\n\t[C]: in function 'error'\n\ts"
            "hop.lua:22: in function 'find'\n\tother.lua:20: in main chunk",
        ),
        at(
            "b",
            "order 8 missing",
            "lua: shop.lua:22: order 8 missing\nstack traceback:\n\t[C]: in function 'error'\n\ts"
            "hop.lua:22: in function 'load'\n",
        ),
    ),
    _family(
        "powershell",
        at(
            "a",
            "order 7 missing",
            'order 7 missing\nAt C:\\a\\x.ps1:12 char:5\n+     throw "order"\nat Find-Order, C:'
            "\\a\\x.ps1: line 12\nat <ScriptBlock>, C:\\a\\x.ps1: line 20",
        ),
        at(
            "a",
            "order 8 missing",
            "at Find-Order, D:\\b\\x.ps1: line 22\nat <ScriptBlock>, D:\\b\\x.ps1: line 30",
        ),
        at("b", "order 8 missing", "at Load-Order, D:\\b\\x.ps1: line 22"),
    ),
    _family(
        "m_prefix",
        said("a", "2026-01-02 15:04:05,123 ERROR shop.cart: cart 7 empty"),
        said("a", "2026-01-03 01:00:00,001 ERROR shop.cart: cart 99 empty"),
        said("b", "2026-01-03 01:00:00,001 ERROR shop.cart: cart 99 full"),
    ),
    _family("m_cjk", said("a", "订单123不存在"), said("a", "订单9不存在"), said("b", "用户123不存在")),
    _family(
        "m_cyr",
        said("a", "заказ №7 не найден"),
        said("a", "заказ №12 не найден"),
        said("b", "заказ №7 закрыт"),
    ),
    _family(
        "m_nested",
        said("a", "Error: failed to load user 7: timeout after 30s"),
        said("a", "Error: failed to load user 99: timeout after 1500ms"),
        said("b", "Error: failed to load user 7: connection refused"),
    ),
    _family(
        "m_k8s",
        said(
            "a",
            "Back-off restarting failed container web in pod web-7d9f8b6c5-x2x4z_default(1a2b3c4d"
            "-0000-1111-2222-333344445555)",
        ),
        said(
            "a",
            "Back-off restarting failed container web in pod web-6c6b8d7f4-aa0aa_default(9a2b3c4d"
            "-0000-1111-2222-333344445555)",
        ),
        said("b", "Readiness probe failed: HTTP probe failed with statuscode: 503"),
        said("c", "Readiness probe failed: HTTP probe failed with statuscode: 404"),
    ),
    _family(
        "m_redis",
        said("a", "READONLY You can not write against a read only replica."),
        said("b", "WRONGTYPE Operation against a key holding the wrong kind of value"),
        said("c", "OOM command not allowed when used memory > maxmemory 512mb"),
        said("c", "OOM command not allowed when used memory > maxmemory 1gb"),
    ),
    _family(
        "m_colon",
        said("a", "user: 7, order: 12, state: broken"),
        said("a", "user: 99, order: 3, state: broken"),
        said("b", "user: 7, order: 12, state: lost"),
    ),
    _family(
        "m_tls",
        said("a", "handshake failed: TLSv1.2 not supported"),
        said("b", "handshake failed: TLSv1.3 not supported"),
    ),
    _family(
        "m_ports",
        said("a", "listen tcp :8080: bind: address already in use"),
        said("a", "listen tcp :9090: bind: address already in use"),
    ),
    _family(
        "m_docker",
        said("a", "Error response from daemon: No such container: 4f5a6b7c8d9e"),
        said("a", "Error response from daemon: No such container: web-1"),
    ),
    _family(
        "m_git",
        said("a", "fatal: couldn't find remote ref feature/x-7"),
        said("a", "fatal: couldn't find remote ref feature/y-12"),
    ),
    _family(
        "m_deadlock",
        said("a", "Deadlock found when trying to get lock; try restarting transaction"),
        said("b", "Lock wait timeout exceeded; try restarting transaction"),
    ),
    _family(
        "m_validation",
        said(
            "a",
            "1 validation error for Order\nqty\n  Input should be greater than 0 [type=greater_th"
            "an, input_value=-1, input_type=int]\n    For further information visit https://error"
            "s.pydantic.dev/2.5/v/greater_than",
        ),
        said(
            "a",
            "1 validation error for Order\nqty\n  Input should be greater than 0 [type=greater_th"
            "an, input_value={'a': 1}, input_type=dict]\n    For further information visit https:"
            "//errors.pydantic.dev/2.6/v/greater_than",
        ),
    ),
)
