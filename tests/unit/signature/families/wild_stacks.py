"""Stacks as they reach a report in the wild: behind a logger's line, out of bundles, of further languages."""

from __future__ import annotations

from tests.unit.signature.families import Family, at

__all__ = ["FAMILIES"]

FAMILIES = (
    Family(
        name="wild_spring",
        members=(
            at(
                "a",
                "org.springframework.dao.DataIntegrityViolationException: could not execute stateme"
                "nt; SQL [n/a]; constraint [users_email_key]",
                "2026-11-03 07:15:22.481 ERROR 8812 --- [nio-8080-exec-7] o.a.c.c.C.[.[.[/].[dispat"
                "cherServlet] : Servlet.service() threw exception\n"
                "\n"
                "org.springframework.dao.DataIntegrityViolationException: could not execute stateme"
                "nt; SQL [n/a]; constraint [users_email_key]\n"
                "\tat org.springframework.orm.jpa.vendor.HibernateJpaDialect.convert(HibernateJpaDia"
                "lect.java:276)\n"
                "\tat com.example.shop.UserService.save(UserService.java:42)\n"
                "\tat com.example.shop.UserService$$EnhancerBySpringCGLIB$$3f2b8c1e.save(<generated>)\n"
                "\tat com.example.shop.UserController.create(UserController.java:17)\n"
                "Caused by: org.hibernate.exception.ConstraintViolationException: could not execute"
                " statement\n"
                "\tat org.hibernate.exception.internal.SQLStateConversionDelegate.convert(SQLStateCo"
                "nversionDelegate.java:109)\n"
                "\t... 70 more\n"
                "Caused by: org.postgresql.util.PSQLException: ERROR: duplicate key value violates "
                'unique constraint "users_email_key"\n'
                "  Detail: Key (email)=(ann@example.com) already exists.\n"
                "\tat org.postgresql.core.v3.QueryExecutorImpl.receiveErrorResponse(QueryExecutorImp"
                "l.java:2553)\n"
                "\t... 90 more",
            ),
            at(
                "a",
                "org.springframework.dao.DataIntegrityViolationException: could not execute stateme"
                "nt; SQL [n/a]; constraint [users_email_key]",
                "org.springframework.dao.DataIntegrityViolationException: could not execute stateme"
                "nt; SQL [n/a]; constraint [users_email_key]\n"
                "\tat org.springframework.orm.jpa.vendor.HibernateJpaDialect.convert(HibernateJpaDia"
                "lect.java:290)\n"
                "\tat com.example.shop.UserService.save(UserService.java:52)\n"
                "\tat com.example.shop.UserService$$SpringCGLIB$$0.save(<generated>)\n"
                "\tat com.example.shop.ImportJob.run(ImportJob.java:99)\n"
                "Caused by: org.hibernate.exception.ConstraintViolationException: could not execute"
                " statement\n"
                "\tat org.hibernate.exception.internal.SQLStateConversionDelegate.convert(SQLStateCo"
                "nversionDelegate.java:111)\n"
                "\t... 70 more\n"
                "Caused by: org.postgresql.util.PSQLException: ERROR: duplicate key value violates "
                'unique constraint "users_email_key"\n'
                "  Detail: Key (email)=(bo@x.org) already exists.\n"
                "\tat org.postgresql.core.v3.QueryExecutorImpl.receiveErrorResponse(QueryExecutorImp"
                "l.java:2600)\n"
                "\t... 90 more",
            ),
            at(
                "b",
                "org.springframework.dao.DataIntegrityViolationException: could not execute stateme"
                "nt; SQL [n/a]; constraint [users_phone_key]",
                "org.springframework.dao.DataIntegrityViolationException: could not execute stateme"
                "nt; SQL [n/a]; constraint [users_phone_key]\n"
                "\tat org.springframework.orm.jpa.vendor.HibernateJpaDialect.convert(HibernateJpaDia"
                "lect.java:290)\n"
                "\tat com.example.shop.UserService.save(UserService.java:52)\n"
                "Caused by: org.postgresql.util.PSQLException: ERROR: duplicate key value violates "
                'unique constraint "users_phone_key"\n'
                "  Detail: Key (phone)=(7) already exists.\n"
                "\tat org.postgresql.core.v3.QueryExecutorImpl.receiveErrorResponse(QueryExecutorImp"
                "l.java:2600)",
            ),
        ),
    ),
    Family(
        name="wild_pkgerrors",
        members=(
            at(
                "a",
                "load plan gold: open /nope/gold.yml: no such file or directory",
                "open /nope/gold.yml: no such file or directory\n"
                "load plan gold\n"
                "main.load\n"
                "\t/src/app/main.go:14\n"
                "main.main\n"
                "\t/src/app/main.go:30\n"
                "runtime.main\n"
                "\t/usr/local/go/src/runtime/proc.go:250\n"
                "runtime.goexit\n"
                "\t/usr/local/go/src/runtime/asm_amd64.s:1571",
            ),
            at(
                "a",
                "load plan basic: open /nope/b.yml: no such file or directory",
                "open /nope/b.yml: no such file or directory\n"
                "load plan basic\n"
                "main.load\n"
                "\t/go/x/main.go:24\n"
                "main.cron\n"
                "\t/go/x/main.go:44\n"
                "runtime.main\n"
                "\t/usr/local/go/src/runtime/proc.go:250",
            ),
            at(
                "b",
                "load plan basic: open /nope/b.yml: permission denied",
                "open /nope/b.yml: permission denied\n"
                "load plan basic\n"
                "main.load\n"
                "\t/go/x/main.go:24\n"
                "main.cron\n"
                "\t/go/x/main.go:44",
            ),
            at(
                "c",
                "save plan basic: open /nope/b.yml: no such file or directory",
                "open /nope/b.yml: no such file or directory\n"
                "save plan basic\n"
                "main.save\n"
                "\t/go/x/main.go:24\n"
                "main.cron\n"
                "\t/go/x/main.go:44",
            ),
        ),
    ),
    Family(
        name="wild_hermes",
        members=(
            at(
                "a",
                "TypeError: undefined is not a function",
                "TypeError: undefined is not a function\n"
                "    at render (address at index.android.bundle:1:88123)\n"
                "    at onPress (address at index.android.bundle:1:99)",
            ),
            at(
                "a",
                "TypeError: undefined is not a function",
                "TypeError: undefined is not a function\n"
                "    at render (address at index.android.bundle:1:91123)\n"
                "    at onPress (address at index.android.bundle:1:1099)",
            ),
            at(
                "b",
                "TypeError: undefined is not a function",
                "TypeError: undefined is not a function\n"
                "    at submit (address at index.android.bundle:1:91123)",
            ),
        ),
    ),
    Family(
        name="wild_deno",
        members=(
            at(
                "a",
                "Error: no grain for anna",
                "error: Uncaught (in promise) Error: no grain for anna\n"
                "  throw new Error(`no grain for ${who}`);\n"
                "        ^\n"
                "    at mill (file:///srv/mill/mill.ts:3:9)\n"
                "    at file:///srv/mill/main.ts:4:1",
            ),
            at(
                "a",
                "Error: no grain for Bo Ek",
                "error: Uncaught (in promise) Error: no grain for Bo Ek\n"
                "  throw new Error(`no grain for ${who}`);\n"
                "        ^\n"
                "    at mill (file:///opt/x/mill.ts:13:9)\n"
                "    at main (file:///opt/x/main.ts:14:1)",
            ),
            at(
                "b",
                "Error: no water for anna",
                "error: Uncaught (in promise) Error: no water for anna\n"
                "    at mill (file:///srv/mill/mill.ts:5:9)\n"
                "    at file:///srv/mill/main.ts:4:1",
            ),
        ),
    ),
    Family(
        name="wild_tsnode",
        members=(
            at(
                "a",
                "Error: lot 7 sold",
                "/srv/a/src/lots.ts:12\n"
                "    throw new Error(`lot ${n} sold`)\n"
                "          ^\n"
                "Error: lot 7 sold\n"
                "    at Lots.sell (/srv/a/src/lots.ts:12:11)\n"
                "    at Object.<anonymous> (/srv/a/src/main.ts:3:6)\n"
                "    at Module._compile (node:internal/modules/cjs/loader:1105:14)\n"
                "    at Module.m._compile (/srv/a/node_modules/ts-node/src/index.ts:1618:23)",
            ),
            at(
                "a",
                "Error: lot 12-B sold",
                "Error: lot 12-B sold\n"
                "    at Lots.sell (/opt/b/src/lots.ts:22:11)\n"
                "    at async Promise.all (index 0)\n"
                "    at async run (/opt/b/src/job.ts:9:3)",
            ),
            at(
                "b",
                "Error: lot 7 sold",
                "Error: lot 7 sold\n    at Bids.sell (/opt/b/src/lots.ts:22:11)",
            ),
        ),
    ),
    Family(
        name="wild_webpack",
        members=(
            at(
                "a",
                "TypeError: Cannot read properties of undefined (reading 'qty')",
                "TypeError: Cannot read properties of undefined (reading 'qty')\n"
                "    at Cart.total (webpack://shop/./src/cart.js?:14:22)\n"
                "    at onClick (webpack://shop/./src/app.js?:9:3)",
            ),
            at(
                "a",
                "TypeError: Cannot read properties of undefined (reading 'qty')",
                "TypeError: Cannot read properties of undefined (reading 'qty')\n"
                "    at Cart.total (webpack://shop/./src/cart.js?8a1f:24:22)\n"
                "    at render (webpack://shop/./src/page.js?77aa:1:3)",
            ),
            at(
                "b",
                "TypeError: Cannot read properties of undefined (reading 'sku')",
                "TypeError: Cannot read properties of undefined (reading 'sku')\n"
                "    at Cart.total (webpack://shop/./src/cart.js?8a1f:24:22)",
            ),
        ),
    ),
    Family(
        name="wild_anyhow",
        members=(
            at(
                "a",
                "could not publish issue 7",
                "Error: could not publish issue 7\n"
                "\n"
                "Caused by:\n"
                "    0: press hall is locked by anna\n"
                "    1: Permission denied (os error 13)\n"
                "\n"
                "Stack backtrace:\n"
                "   0: anyhow::error::<impl anyhow::Error>::msg\n"
                "   1: press::publish\n"
                "             at ./src/main.rs:12:9\n"
                "   2: press::main\n"
                "             at ./src/main.rs:30:5",
            ),
            at(
                "a",
                "could not publish issue 12",
                "Error: could not publish issue 12\n"
                "\n"
                "Caused by:\n"
                "    0: press hall is locked by ove\n"
                "    1: Permission denied (os error 13)\n"
                "\n"
                "Stack backtrace:\n"
                "   0: anyhow::error::<impl anyhow::Error>::msg\n"
                "   1: press::publish\n"
                "             at ./src/main.rs:22:9\n"
                "   2: press::main\n"
                "             at ./src/main.rs:40:5",
            ),
            at(
                "b",
                "could not publish issue 12",
                "Error: could not publish issue 12\n"
                "\n"
                "Caused by:\n"
                "    0: press hall is locked by ove\n"
                "    1: No such file or directory (os error 2)\n"
                "\n"
                "Stack backtrace:\n"
                "   0: anyhow::error::<impl anyhow::Error>::msg\n"
                "   1: press::publish\n"
                "             at ./src/main.rs:22:9",
            ),
        ),
    ),
    Family(
        name="wild_netagg",
        members=(
            at(
                "a",
                "System.AggregateException: One or more errors occurred. (Berth 7 is taken by Astrid)",
                "System.AggregateException: One or more errors occurred. (Berth 7 is taken by Astrid)\n"
                " ---> Harbor.BerthException: Berth 7 is taken by Astrid\n"
                "   at Harbor.Pier.Moor(Int32 n) in /src/Pier.cs:line 12\n"
                "   at Harbor.Job.<>c__DisplayClass3_0.<Run>b__0() in /src/Job.cs:line 9\n"
                "   at System.Threading.Tasks.Task.InnerInvoke()\n"
                "   --- End of inner exception stack trace ---\n"
                "   at System.Threading.Tasks.Task.Wait(Int32 ms)\n"
                "   at Harbor.Job.Run() in /src/Job.cs:line 9\n"
                "   at Harbor.Program.Main() in /src/Program.cs:line 3",
            ),
            at(
                "a",
                "System.AggregateException: One or more errors occurred. (Berth 12 is taken by Zorn II)",
                "System.AggregateException: One or more errors occurred. (Berth 12 is taken by Zorn"
                " II)\n"
                " ---> Harbor.BerthException: Berth 12 is taken by Zorn II\n"
                "   at Harbor.Pier.Moor(Int32 n) in D:\\b\\Pier.cs:line 22\n"
                "   at Harbor.Job.<>c__DisplayClass4_1.<Run>b__2() in D:\\b\\Job.cs:line 19\n"
                "   --- End of inner exception stack trace ---\n"
                "   at System.Threading.Tasks.Task.Wait(Int32 ms)\n"
                "   at Harbor.Job.Run() in D:\\b\\Job.cs:line 19",
            ),
        ),
    ),
    Family(
        name="wild_genserver",
        members=(
            at(
                "a",
                "** (RuntimeError) kiln 7 is cold",
                "** (RuntimeError) kiln 7 is cold\n"
                "    (kiln 0.1.0) lib/kiln/oven.ex:12: Kiln.Oven.fire/2\n"
                "    (stdlib 4.2) gen_server.erl:1123: :gen_server.try_dispatch/4\n"
                "    (stdlib 4.2) proc_lib.erl:240: :proc_lib.init_p_do_apply/3",
            ),
            at(
                "a",
                "** (RuntimeError) kiln east is cold",
                "** (RuntimeError) kiln east is cold\n"
                "    (kiln 0.2.0) lib/kiln/oven.ex:22: Kiln.Oven.fire/2\n"
                "    (kiln 0.2.0) lib/kiln/job.ex:3: Kiln.Job.run/1",
            ),
            at(
                "b",
                "** (ArgumentError) kiln 7 is cold",
                "** (ArgumentError) kiln 7 is cold\n    (kiln 0.1.0) lib/kiln/oven.ex:12: Kiln.Oven.fire/2",
            ),
        ),
    ),
    Family(
        name="wild_pythread",
        members=(
            at(
                "a",
                "ValueError: crate 7 is sealed",
                "Exception in thread Thread-3 (work):\n"
                "Traceback (most recent call last):\n"
                '  File "/usr/lib/python3.11/threading.py", line 1038, in _bootstrap_inner\n'
                "    self.run()\n"
                '  File "/srv/dock/crates.py", line 12, in open_crate\n'
                '    raise ValueError(f"crate {n} is sealed")\n'
                "ValueError: crate 7 is sealed",
            ),
            at(
                "a",
                "ValueError: crate left is sealed",
                "Traceback (most recent call last):\n"
                '  File "/opt/x/main.py", line 3, in <module>\n'
                '    open_crate("left")\n'
                '  File "/opt/x/crates.py", line 22, in open_crate\n'
                '    raise ValueError(f"crate {n} is sealed")\n'
                "ValueError: crate left is sealed",
            ),
        ),
    ),
    Family(
        name="wild_asan",
        members=(
            at(
                "a",
                "ERROR: AddressSanitizer: heap-use-after-free on address 0x602000000010 at pc 0x000"
                "000401234 bp 0x7ffc sp 0x7ffd",
                "==8812==ERROR: AddressSanitizer: heap-use-after-free on address 0x602000000010 at "
                "pc 0x000000401234 bp 0x7ffc sp 0x7ffd\n"
                "READ of size 4 at 0x602000000010 thread T0\n"
                "    #0 0x401233 in shop::Cart::total(int) /src/cart.cpp:12:5\n"
                "    #1 0x4015aa in main /src/main.cpp:3:1",
            ),
            at(
                "a",
                "ERROR: AddressSanitizer: heap-use-after-free on address 0x60300000ff10 at pc 0x000"
                "0004abc34 bp 0x7ffe sp 0x7fff",
                "==99==ERROR: AddressSanitizer: heap-use-after-free on address 0x60300000ff10 at pc"
                " 0x0000004abc34 bp 0x7ffe sp 0x7fff\n"
                "READ of size 4 at 0x60300000ff10 thread T3\n"
                "    #0 0x4abc33 in shop::Cart::total(int) /build/src/cart.cpp:22:5\n"
                "    #1 0x4f15aa in worker /build/src/pool.cpp:33:1",
            ),
            at(
                "b",
                "ERROR: AddressSanitizer: heap-buffer-overflow on address 0x60300000ff10 at pc 0x00"
                "00004abc34 bp 0x7ffe sp 0x7fff",
                "==99==ERROR: AddressSanitizer: heap-buffer-overflow on address 0x60300000ff10 at p"
                "c 0x0000004abc34 bp 0x7ffe sp 0x7fff\n"
                "    #0 0x4abc33 in shop::Cart::total(int) /build/src/cart.cpp:22:5",
            ),
        ),
    ),
    Family(
        name="wild_monolog",
        members=(
            at(
                "a",
                "App\\Exceptions\\StockException: no stock of SKU-7 in Oslo",
                '[2026-11-03 07:15:22] production.ERROR: no stock of SKU-7 in Oslo {"userId":7,"exc'
                'eption":"[object] (App\\\\Exceptions\\\\StockException(code: 0): no stock of SKU-7 in '
                "Oslo at /var/www/app/Stock.php:12)\n"
                "[stacktrace]\n"
                "#0 /var/www/app/Cart.php(33): App\\\\Stock->take('SKU-7')\n"
                "#1 /var/www/vendor/laravel/framework/src/Illuminate/Routing/Controller.php(54): Ap"
                "p\\\\Cart->pay()\n"
                '#2 {main}"}',
            ),
            at(
                "a",
                "App\\Exceptions\\StockException: no stock of ZX-9 in Bergen",
                '[2026-11-04 17:15:22] production.ERROR: no stock of ZX-9 in Bergen {"userId":12,"e'
                'xception":"[object] (App\\\\Exceptions\\\\StockException(code: 0): no stock of ZX-9 in'
                " Bergen at /srv/rel7/app/Stock.php:22)\n"
                "[stacktrace]\n"
                "#0 /srv/rel7/app/Cart.php(43): App\\\\Stock->take('ZX-9')\n"
                '#1 {main}"}',
            ),
        ),
    ),
    Family(
        name="wild_bashtrap",
        members=(
            at(
                "a",
                "curl failed with 22",
                "  at fetch (/opt/etl/lib.sh:12)\n  at main (/opt/etl/run.sh:40)",
            ),
            at(
                "a",
                "curl failed with 22",
                "  at fetch (/srv/x/lib.sh:22)\n  at nightly (/srv/x/cron.sh:4)",
            ),
            at(
                "b",
                "curl failed with 22",
                "  at store (/srv/x/lib.sh:22)",
            ),
        ),
    ),
)
