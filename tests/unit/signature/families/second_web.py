"""A second set for browsers and the JVM, written before the code was tried on it."""

from __future__ import annotations

from tests.unit.signature.families import Family, Member, at

__all__ = ["FAMILIES"]


def _family(name: str, *members: Member) -> Family:
    return Family(name=name, members=members)


FAMILIES: tuple[Family, ...] = (
    _family(
        "js_ts_dist",
        at(
            "a",
            "NotFound: user 7",
            "NotFound: user 7\n    at UserRepo.byId (/app/dist/repo.js:10:11)\n    at async UserS"
            "ervice.get (/app/dist/svc.js:5:3)\n    at async /app/node_modules/express/lib/router"
            ".js:4:4",
        ),
        at(
            "a",
            "NotFound: user 9",
            "NotFound: user 9\n    at UserRepo.byId (/srv/x/dist/repo.js:20:11)\n    at async Job"
            ".run (/srv/x/dist/job.js:5:3)",
        ),
        at("b", "NotFound: user 7", "NotFound: user 7\n    at OrderRepo.byId (/app/dist/repo.js:10:11)"),
    ),
    _family(
        "js_express_anon",
        at(
            "a",
            "Error: cart 7 gone",
            "Error: cart 7 gone\n    at /app/routes/cart.js:5:11\n    at Layer.handle [as handle_"
            "request] (/app/node_modules/express/lib/router/layer.js:95:5)\n    at next (/app/nod"
            "e_modules/express/lib/router/route.js:144:13)",
        ),
        at(
            "a",
            "Error: cart 9 gone",
            "Error: cart 9 gone\n    at /srv/routes/cart.js:15:11\n    at Layer.handle [as handle"
            "_request] (/srv/node_modules/express/lib/router/layer.js:99:5)",
        ),
        at(
            "b",
            "Error: cart 7 gone",
            "Error: cart 7 gone\n    at /app/routes/basket.js:5:11\n    at Layer.handle [as handl"
            "e_request] (/app/node_modules/express/lib/router/layer.js:95:5)",
        ),
    ),
    _family(
        "js_ff_class",
        at(
            "a",
            "Error: x 7 bad",
            "load@https://a.example/m.js:1:2\nmain@https://a.example/m.js:9:1\n@https://a.example/m.js:20:1",
        ),
        at(
            "a",
            "Error: x 8 bad",
            "load@https://b.example/v2/m.js?h=1:11:2\nasync*main@https://b.example/m.js:9:1",
        ),
        at("b", "Error: x 7 bad", "save@https://a.example/m.js:1:2"),
    ),
    _family(
        "js_safari",
        at(
            "a",
            "TypeError: null is not an object (evaluating 'a.b')",
            "draw@https://a.example/m.js:1:2\nforEach@[native code]\nglobal code@https://a.example/m.js:20:1",
        ),
        at(
            "a",
            "TypeError: null is not an object (evaluating 'a.b')",
            "draw@https://a.example/m.js:1:2\nmap@[native code]\nmodule code@https://a.example/m.js:20:1",
        ),
        at("b", "TypeError: null is not an object (evaluating 'a.c')", "draw@https://a.example/m.js:1:2"),
    ),
    _family(
        "js_deno",
        at(
            "a",
            "error: Uncaught (in promise) Error: pump 7 stuck",
            "error: Uncaught (in promise) Error: pump 7 stuck\n    throw new Error()\n          ^"
            "\n    at pump (file:///srv/main.ts:3:9)\n    at ext:core/01_core.js:1:1",
        ),
        at("a", "Error: pump 8 stuck", "Error: pump 8 stuck\n    at pump (file:///opt/main.ts:13:9)"),
    ),
    _family(
        "js_types",
        at("a", "TypeError: bolt 7 loose", "TypeError: bolt 7 loose\n    at fix (/a/b.js:1:2)"),
        at("b", "RangeError: bolt 7 loose", "RangeError: bolt 7 loose\n    at fix (/a/b.js:1:2)"),
        at("c", "BoltError: bolt 7 loose", "BoltError: bolt 7 loose\n    at fix (/a/b.js:1:2)"),
        at("d", "bolt 7 loose", "Error: bolt 7 loose\n    at fix (/a/b.js:1:2)"),
        at("a", "bolt 9 loose", "TypeError: bolt 9 loose\n    at fix (/z/b.js:1:2)"),
    ),
    _family(
        "js_status",
        at(
            "a",
            "Request failed with status code 404",
            "AxiosError: Request failed with status code 404\n    at settle (/a/node_modules/axio"
            "s/lib/core/settle.js:19:12)\n    at fetchUser (/a/api.js:3:1)",
        ),
        at(
            "b",
            "Request failed with status code 500",
            "AxiosError: Request failed with status code 500\n    at settle (/a/node_modules/axio"
            "s/lib/core/settle.js:19:12)\n    at fetchUser (/a/api.js:3:1)",
        ),
        at(
            "c",
            "Request failed with status code 404",
            "AxiosError: Request failed with status code 404\n    at settle (/a/node_modules/axio"
            "s/lib/core/settle.js:19:12)\n    at fetchCart (/a/api.js:3:1)",
        ),
    ),
    _family(
        "js_hashes",
        at(
            "a",
            "Error: tile 7",
            "Error: tile 7\n    at draw (https://x.example/_next/static/chunks/pages/map-0f3d9c1b"
            "2a4e5f60.js:1:99)",
        ),
        at(
            "a",
            "Error: tile 8",
            "Error: tile 8\n    at draw (https://x.example/_next/static/chunks/pages/map-aa11bb22"
            "cc33dd44.js:1:77)",
        ),
        at(
            "a",
            "Error: tile 8",
            "Error: tile 8\n    at draw (https://x.example/static/js/map.4f5a6b7c.chunk.js:2:1)",
        ),
        at(
            "a", "Error: tile 8", "Error: tile 8\n    at draw (https://x.example/build/map-1.14.2.min.js:2:1)"
        ),
        at(
            "a", "Error: tile 8", "Error: tile 8\n    at draw (https://x.example/build/map.js?v=20260101:2:1)"
        ),
        at(
            "b",
            "Error: tile 7",
            "Error: tile 7\n    at draw (https://x.example/_next/static/chunks/pages/menu-0f3d9c1"
            "b2a4e5f60.js:1:99)",
        ),
    ),
    _family(
        "java_header_log",
        at(
            "a",
            "boom 7",
            "2026-01-02 15:04:05.123 ERROR [main] c.acme.App - request failed\ncom.acme.Boom: boo"
            "m 7\n\tat com.acme.App.go(App.java:3)",
        ),
        at("a", "com.acme.Boom: boom 8", "com.acme.Boom: boom 8\n\tat com.acme.App.go(App.java:13)"),
        at("b", "com.acme.Bang: boom 8", "com.acme.Bang: boom 8\n\tat com.acme.App.go(App.java:13)"),
    ),
    _family(
        "java_nomsg",
        at(
            "a",
            "java.lang.UnsupportedOperationException",
            "java.lang.UnsupportedOperationException\n\tat com.acme.A.x(A.java:3)",
        ),
        at(
            "a",
            "java.lang.UnsupportedOperationException: null",
            "java.lang.UnsupportedOperationException: null\n\tat com.acme.A.x(A.java:9)",
        ),
        at(
            "b",
            "java.lang.UnsupportedOperationException",
            "java.lang.UnsupportedOperationException\n\tat com.acme.A.y(A.java:3)",
        ),
    ),
    _family(
        "java_multi_cause",
        at(
            "a",
            "javax.servlet.ServletException: request 7 failed",
            "javax.servlet.ServletException: request 7 failed\n\tat org.apache.catalina.X.y(X.jav"
            "a:1)\n\tat com.acme.Filter.doFilter(Filter.java:2)\nCaused by: com.acme.ServiceExcep"
            "tion: order 7\n\tat com.acme.Service.run(Service.java:4)\n\t... 3 more\nCaused by: j"
            "ava.sql.SQLException: deadlock 40001\n\tat org.postgresql.X.y(X.java:1)\n\tat com.ac"
            "me.Dao.save(Dao.java:4)\n\t... 5 more",
        ),
        at(
            "a",
            "javax.servlet.ServletException: request 9 failed",
            "javax.servlet.ServletException: request 9 failed\n\tat com.acme.Filter.doFilter(Filt"
            "er.java:12)\nCaused by: com.acme.ServiceException: order 9\n\tat com.acme.Service.ru"
            "n(Service.java:14)\n\t... 3 more\nCaused by: java.sql.SQLException: deadlock 40001\n"
            "\tat org.postgresql.X.z(X.java:1)\n\tat com.acme.Dao.save(Dao.java:14)\n\t... 5 more",
        ),
        at(
            "b",
            "javax.servlet.ServletException: request 7 failed",
            "javax.servlet.ServletException: request 7 failed\n\tat com.acme.Filter.doFilter(Filt"
            "er.java:2)\nCaused by: com.acme.ServiceException: order 7\n\tat com.acme.Service.run"
            "(Service.java:4)\n\t... 3 more\nCaused by: java.sql.SQLException: unique violation\n"
            "\tat com.acme.Dao.save(Dao.java:4)\n\t... 5 more",
        ),
    ),
    _family(
        "java_ctor",
        at(
            "a",
            "java.lang.IllegalArgumentException: size -1",
            "java.lang.IllegalArgumentException: size -1\n\tat com.acme.Box.<init>(Box.java:3)\n"
            "\tat com.acme.Main.main(Main.java:2)",
        ),
        at(
            "a",
            "java.lang.IllegalArgumentException: size -9",
            "java.lang.IllegalArgumentException: size -9\n\tat com.acme.Box.<init>(Box.java:13)\n"
            "\tat com.acme.Other.x(Other.java:2)",
        ),
        at(
            "b",
            "java.lang.IllegalArgumentException: size -1",
            "java.lang.IllegalArgumentException: size -1\n\tat com.acme.Crate.<init>(Box.java:3)",
        ),
    ),
    _family(
        "java_anon",
        at(
            "a",
            "java.lang.RuntimeException: t 7",
            "java.lang.RuntimeException: t 7\n\tat com.acme.App$1.run(App.java:3)",
        ),
        at(
            "a",
            "java.lang.RuntimeException: t 8",
            "java.lang.RuntimeException: t 8\n\tat com.acme.App$2.run(App.java:3)",
        ),
        at(
            "b",
            "java.lang.RuntimeException: t 8",
            "java.lang.RuntimeException: t 8\n\tat com.acme.App$Task.run(App.java:3)",
        ),
    ),
)
