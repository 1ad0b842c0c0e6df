"""Pages in V8, SpiderMonkey and JavaScriptCore: one bug, three stacks, bundles of any bundler."""

from __future__ import annotations

from tests.unit.signature.families import Family, at

__all__ = ["FAMILIES"]

FAMILIES = (
    Family(
        name="page_arrow",
        members=(
            at(
                "a",
                "no price for tea",
                "Error: no price for tea\n"
                "    at https://shop.example.com/assets/arrow.3f2b8c1e.js:3:9\n"
                "    at total (https://shop.example.com/assets/arrow.3f2b8c1e.js:5:10)\n"
                "    at HTMLButtonElement.onclick (https://shop.example.com/:3:4)",
            ),
            at(
                "a",
                "no price for oolong",
                "total/<@https://shop.example.com/assets/arrow.99aa77bb.js:3:15\n"
                "total@https://shop.example.com/assets/arrow.99aa77bb.js:5:13\n"
                "onclick@https://shop.example.com/:3:4",
            ),
            at(
                "a",
                "no price for tea",
                "@https://shop.example.com/assets/arrow.js:13:15\n"
                "map@[native code]\n"
                "total@https://shop.example.com/assets/arrow.js:15:13\n"
                "onclick@https://shop.example.com/:3:4",
            ),
        ),
    ),
    Family(
        name="page_ctor",
        members=(
            at(
                "a",
                "no price for tea",
                "Error: no price for tea\n"
                "    at new Cart (https://shop.example.com/assets/ctor.js:3:9)\n"
                "    at main (https://shop.example.com/assets/ctor.js:9:3)",
            ),
            at(
                "a",
                "no price for tea",
                "Cart@https://shop.example.com/assets/ctor.js:3:9\n"
                "main@https://shop.example.com/assets/ctor.js:9:3\n",
            ),
            at(
                "a",
                "no price for tea",
                "Cart@https://shop.example.com/assets/ctor.js:13:9\n"
                "main@https://shop.example.com/assets/ctor.js:19:3\n"
                "global code@https://shop.example.com/assets/ctor.js:30:1",
            ),
            at(
                "b",
                "no price for tea",
                "Error: no price for tea\n"
                "    at new Basket (https://shop.example.com/assets/ctor.js:3:9)\n"
                "    at main (https://shop.example.com/assets/ctor.js:9:3)",
            ),
        ),
    ),
    Family(
        name="page_async",
        members=(
            at(
                "a",
                "no price for tea",
                "Error: no price for tea\n"
                "    at load (https://shop.example.com/assets/async.js:3:9)\n"
                "    at async run (https://shop.example.com/assets/async.js:9:3)",
            ),
            at(
                "a",
                "no price for tea",
                "load@https://shop.example.com/assets/async.js:3:9\n"
                "async*run@https://shop.example.com/assets/async.js:9:3\n",
            ),
            at(
                "a",
                "no price for tea",
                "load@https://shop.example.com/assets/async.js:3:9\n"
                "@https://shop.example.com/assets/async.js:9:3\n"
                "asyncFunctionResume@[native code]\n"
                "promiseReactionJobWithoutPromise@[native code]\n"
                "promiseReactionJob@[native code]",
            ),
            at(
                "a",
                "no price for tea",
                "Error: no price for tea\n"
                "    at async load (https://shop.example.com/assets/async.js:33:9)\n"
                "    at async Promise.all (index 0)\n"
                "    at async run (https://shop.example.com/assets/async.js:9:3)",
            ),
        ),
    ),
    Family(
        name="page_static",
        members=(
            at(
                "a",
                "TypeError: no price for tea",
                "TypeError: no price for tea\n"
                "    at Function.of (https://shop.example.com/assets/static.js:3:9)\n"
                "    at main (https://shop.example.com/assets/static.js:9:3)",
            ),
            at(
                "a",
                "TypeError: no price for tea",
                "TypeError: no price for tea\n"
                "    at Cart.of (https://shop.example.com/assets/static.js:3:9)\n"
                "    at main (https://shop.example.com/assets/static.js:9:3)",
            ),
            at(
                "a",
                "TypeError: no price for tea",
                "of@https://shop.example.com/assets/static.js:3:9\n"
                "main@https://shop.example.com/assets/static.js:9:3",
            ),
            at(
                "b",
                "RangeError: no price for tea",
                "of@https://shop.example.com/assets/static.js:3:9\n"
                "main@https://shop.example.com/assets/static.js:9:3",
            ),
        ),
    ),
    Family(
        name="page_obj",
        members=(
            at(
                "a",
                "no price for tea",
                "Error: no price for tea\n"
                "    at Object.pay (https://shop.example.com/assets/obj.js:3:9)\n"
                "    at r.handle [as onPay] (https://shop.example.com/assets/obj.js:9:3)",
            ),
            at(
                "a",
                "no price for tea",
                "pay@https://shop.example.com/assets/obj.js:3:9\n"
                "handle@https://shop.example.com/assets/obj.js:9:3",
            ),
            at(
                "a",
                "no price for tea",
                "pay@https://shop.example.com/assets/obj.js:3:9\n"
                "onPay@https://shop.example.com/assets/obj.js:9:3",
            ),
        ),
    ),
    Family(
        name="page_getter",
        members=(
            at(
                "a",
                "no price for tea",
                "Error: no price for tea\n"
                "    at Cart.get total [as total] (https://shop.example.com/assets/getter.js:3:9)\n"
                "    at main (https://shop.example.com/assets/getter.js:9:3)",
            ),
            at(
                "a",
                "no price for tea",
                "get total@https://shop.example.com/assets/getter.js:3:9\n"
                "main@https://shop.example.com/assets/getter.js:9:3",
            ),
            at(
                "a",
                "no price for tea",
                "total@https://shop.example.com/assets/getter.js:3:9\n"
                "main@https://shop.example.com/assets/getter.js:9:3",
            ),
        ),
    ),
    Family(
        name="page_nested",
        members=(
            at(
                "a",
                "no price for tea",
                "Error: no price for tea\n"
                "    at inner (https://shop.example.com/assets/nested.js:3:9)\n"
                "    at outer (https://shop.example.com/assets/nested.js:9:3)",
            ),
            at(
                "a",
                "no price for tea",
                "outer/inner@https://shop.example.com/assets/nested.js:3:9\n"
                "outer@https://shop.example.com/assets/nested.js:9:3",
            ),
            at(
                "a",
                "no price for tea",
                "inner@https://shop.example.com/assets/nested.js:3:9\n"
                "outer@https://shop.example.com/assets/nested.js:9:3",
            ),
        ),
    ),
    Family(
        name="page_chunks",
        members=(
            at(
                "a",
                "no price for tea",
                "Error: no price for tea\n"
                "    at pay (https://cdn.example.com/static/js/main.3f2b8c1e.chunk.js:1:8812)\n"
                "    at https://cdn.example.com/static/js/2.99aabbcc.chunk.js:1:77",
            ),
            at(
                "a",
                "no price for tea",
                "pay@https://cdn.example.com/static/js/main.00112233.chunk.js:1:9912\n"
                "@https://cdn.example.com/static/js/2.aabbccdd.chunk.js:1:87",
            ),
            at(
                "a",
                "no price for tea",
                "pay@https://cdn.example.com/v12/static/js/main.deadbeef.chunk.js:1:1",
            ),
        ),
    ),
    Family(
        name="page_vite",
        members=(
            at(
                "a",
                "no price for tea",
                "Error: no price for tea\n"
                "    at pay (https://x.example/assets/index-B3f2_c1e.js:12:9)\n"
                "    at onClick (https://x.example/assets/index-B3f2_c1e.js:14:3)",
            ),
            at(
                "a",
                "no price for tea",
                "pay@https://x.example/assets/index-D99aaZZq.js:12:9\n"
                "onClick@https://x.example/assets/index-D99aaZZq.js:14:3",
            ),
        ),
    ),
    Family(
        name="page_next",
        members=(
            at(
                "a",
                "no price for tea",
                "Error: no price for tea\n"
                "    at pay (https://x.example/_next/static/chunks/app/cart/page-3f2b8c1e9a4d4e6f.j"
                "s:1:234)\n"
                "    at onClick (https://x.example/_next/static/chunks/4bd1b696-1f2e3d4c5b6a7988.js"
                ":1:99)",
            ),
            at(
                "a",
                "no price for tea",
                "pay@https://x.example/_next/static/chunks/app/cart/page-00aa11bb22cc33dd.js:1:334\n"
                "onClick@https://x.example/_next/static/chunks/4bd1b696-ffeeddccbbaa9988.js:1:99",
            ),
        ),
    ),
    Family(
        name="page_ext",
        members=(
            at(
                "a",
                "no price for tea",
                "Error: no price for tea\n"
                "    at pay (https://shop.example.com/assets/ext.js:3:9)\n"
                "    at chrome-extension://abcdef/inject.js:1:2",
            ),
            at(
                "a",
                "no price for tea",
                "Error: no price for tea\n    at pay (https://shop.example.com/assets/ext.js:3:9)",
            ),
            at(
                "b",
                "no price for tea",
                "Error: no price for tea\n    at chrome-extension://abcdef/inject.js:1:2",
            ),
        ),
    ),
    Family(
        name="page_worker",
        members=(
            at(
                "a",
                "no price for tea",
                "Error: no price for tea\n"
                "    at pay (blob:https://x.example/3f2b8c1e-9a4d-4e6f-8b21-0c5d7e9fa123:3:9)\n"
                "    at onmessage (blob:https://x.example/3f2b8c1e-9a4d-4e6f-8b21-0c5d7e9fa123:9:3)",
            ),
            at(
                "a",
                "no price for tea",
                "pay@blob:https://x.example/aaaaaaaa-9a4d-4e6f-8b21-0c5d7e9fa123:3:9\n"
                "onmessage@blob:https://x.example/aaaaaaaa-9a4d-4e6f-8b21-0c5d7e9fa123:9:3",
            ),
        ),
    ),
    Family(
        name="page_rn",
        members=(
            at(
                "a",
                "no price for tea",
                "Error: no price for tea\n"
                "    at pay (address at /data/app/com.example.shop-3f2b8c1e==/base.apk/assets/index"
                ".android.bundle:1:88123)\n"
                "    at onPress (address at index.android.bundle:1:99)",
            ),
            at(
                "a",
                "no price for tea",
                "Error: no price for tea\n"
                "    at pay (address at /data/app/com.example.shop-99zz==/base.apk/assets/index.and"
                "roid.bundle:1:91123)",
            ),
        ),
    ),
    Family(
        name="page_default",
        members=(
            at(
                "a",
                "no price for tea",
                "Error: no price for tea\n"
                "    at default (https://shop.example.com/assets/default.js:3:9)\n"
                "    at main (https://shop.example.com/assets/default.js:9:3)",
            ),
            at(
                "b",
                "no price for tea",
                "Error: no price for tea\n"
                "    at exports.default (https://shop.example.com/assets/default2.js:3:9)\n"
                "    at main (https://shop.example.com/assets/default2.js:9:3)",
            ),
        ),
    ),
)
