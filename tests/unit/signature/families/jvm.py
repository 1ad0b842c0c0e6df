"""Stacks of Java and Kotlin."""

from __future__ import annotations

from tests.unit.signature.families import Family, Member, at

__all__ = ["FAMILIES"]


def _java(label: str, header: str, *frames: str, error: str = "") -> Member:
    lines = [
        frame if frame.startswith(("Caused by", "\t", "Suppressed")) else f"\tat {frame}" for frame in frames
    ]
    return at(label, error or header, "\n".join([header, *lines]), file="X.java", line=1)


FAMILIES: tuple[Family, ...] = (
    Family(
        name="java_spring",
        members=(
            _java(
                "a",
                "com.acme.OrderNotFound: order 7",
                "com.acme.OrderService.find(OrderService.java:31)",
                "com.acme.OrderService$$FastClassBySpringCGLIB$$5f.invoke(<generated>)",
                "org.springframework.cglib.proxy.MethodProxy.invoke(MethodProxy.java:218)",
                "com.acme.OrderController.get(OrderController.java:12)",
            ),
            _java(
                "a",
                "com.acme.OrderNotFound: order 99",
                "com.acme.OrderService.find(OrderService.java:41)",
                "com.acme.Job.run(Job.java:12)",
            ),
            _java("b", "com.acme.OrderNotFound: order 7", "com.acme.CartService.find(CartService.java:31)"),
            _java("c", "com.acme.OrderLocked: order 7", "com.acme.OrderService.find(OrderService.java:31)"),
            _java("d", "com.acme.OrderNotFound: order 7", "com.acme.OrderService.load(OrderService.java:60)"),
        ),
    ),
    Family(
        name="java_library",
        members=(
            _java(
                "a",
                'java.lang.NumberFormatException: For input string: "zz"',
                "java.base/java.lang.NumberFormatException.forInputString(NumberFormatException.java:67)",
                "java.base/java.lang.Integer.parseInt(Integer.java:668)",
                "com.acme.Ware.b(Ware.java:7)",
            ),
            _java(
                "a",
                'java.lang.NumberFormatException: For input string: "12 "',
                "java.base/java.lang.NumberFormatException.forInputString(NumberFormatException.java:70)",
                "java.base/java.lang.Integer.parseInt(Integer.java:770)",
                "com.acme.Ware.b(Ware.java:17)",
            ),
            _java(
                "b",
                'java.lang.NumberFormatException: For input string: "zz"',
                "java.base/java.lang.NumberFormatException.forInputString(NumberFormatException.java:67)",
                "java.base/java.lang.Long.parseLong(Long.java:668)",
                "com.acme.Ware.c(Ware.java:7)",
            ),
        ),
    ),
    Family(
        name="java_null",
        members=(
            _java(
                "a",
                'java.lang.NullPointerException: Cannot invoke "com.acme.Item.name()" because the'
                ' return value of "java.util.Map.get(Object)" is null',
                "com.acme.Ware.c(Ware.java:8)",
            ),
            _java(
                "b",
                'java.lang.NullPointerException: Cannot invoke "com.acme.Item.size()" because the'
                ' return value of "java.util.Map.get(Object)" is null',
                "com.acme.Ware.c(Ware.java:9)",
            ),
            _java(
                "c",
                'java.lang.NullPointerException: Cannot read field "tax" because "this.cart" is null',
                "com.acme.Ware.c(Ware.java:9)",
            ),
            _java(
                "d",
                'java.lang.NullPointerException: Cannot read field "tax" because "this.order" is null',
                "com.acme.Ware.c(Ware.java:9)",
            ),
        ),
    ),
    Family(
        name="java_causes",
        members=(
            _java(
                "a",
                "com.acme.SyncFailed: shop 7",
                "com.acme.Sync.run(Sync.java:9)",
                "Caused by: java.net.SocketTimeoutException: Read timed out",
                "\tat java.base/sun.nio.ch.NioSocketImpl.read(NioSocketImpl.java:280)",
                "\tat com.acme.Http.get(Http.java:30)",
                "\t... 12 more",
            ),
            _java(
                "a",
                "com.acme.SyncFailed: shop 8",
                "com.acme.Sync.run(Sync.java:19)",
                "Caused by: java.net.SocketTimeoutException: Read timed out",
                "\tat java.base/sun.nio.ch.NioSocketImpl.read(NioSocketImpl.java:283)",
                "\tat com.acme.Http.get(Http.java:31)",
                "\t... 2 more",
            ),
            _java(
                "b",
                "com.acme.SyncFailed: shop 7",
                "com.acme.Sync.run(Sync.java:9)",
                "Caused by: java.net.ConnectException: Connection refused",
                "\tat java.base/sun.nio.ch.Net.pollConnect(Native Method)",
                "\tat com.acme.Http.get(Http.java:30)",
                "\t... 12 more",
            ),
            _java("c", "com.acme.SyncFailed: shop 7", "com.acme.Sync.run(Sync.java:9)"),
        ),
    ),
    Family(
        name="java_suppressed",
        members=(
            _java(
                "a",
                "java.lang.IllegalStateException: pool 3 closed",
                "com.acme.Pool.take(Pool.java:9)",
                "Suppressed: java.io.IOException: close 7",
                "\t\tat com.acme.Pool.close(Pool.java:30)",
            ),
            _java("a", "java.lang.IllegalStateException: pool 4 closed", "com.acme.Pool.take(Pool.java:19)"),
            _java("b", "java.lang.IllegalStateException: pool 4 drained", "com.acme.Pool.take(Pool.java:29)"),
        ),
    ),
    Family(
        name="java_lambdas",
        members=(
            _java(
                "a",
                "java.lang.IllegalStateException: empty at 2",
                "com.acme.Ware.lambda$f$1(Ware.java:11)",
                "java.base/java.util.stream.ReferencePipeline$3$1.accept(ReferencePipeline.java:197)",
                "com.acme.Ware.f(Ware.java:11)",
            ),
            _java(
                "a",
                "java.lang.IllegalStateException: empty at 5",
                "com.acme.Ware.lambda$f$4(Ware.java:21)",
                "com.acme.Ware.f(Ware.java:21)",
            ),
            _java(
                "b",
                "java.lang.IllegalStateException: empty at 5",
                "com.acme.Ware.lambda$g$2(Ware.java:31)",
                "com.acme.Ware.g(Ware.java:31)",
            ),
        ),
    ),
    Family(
        name="java_endless",
        members=(
            _java("a", "java.lang.StackOverflowError", *["com.acme.Tree.walk(Tree.java:12)"] * 30),
            _java("a", "java.lang.StackOverflowError", *["com.acme.Tree.walk(Tree.java:22)"] * 50),
            _java(
                "b",
                "java.lang.StackOverflowError",
                *["com.acme.Tree.ping(Tree.java:12)", "com.acme.Tree.pong(Tree.java:13)"] * 20,
            ),
            _java(
                "b",
                "java.lang.StackOverflowError",
                *["com.acme.Tree.pong(Tree.java:13)", "com.acme.Tree.ping(Tree.java:12)"] * 20,
            ),
        ),
    ),
    Family(
        name="java_thread",
        members=(
            _java(
                "a",
                'Exception in thread "pool-1-thread-7" java.lang.IllegalArgumentException: bad item 5',
                "com.acme.Ware.a(Ware.java:5)",
                error="bad item 5",
            ),
            _java(
                "a",
                "java.lang.IllegalArgumentException: bad item 6",
                "com.acme.Ware.a(Ware.java:6)",
                "java.base/java.lang.Thread.run(Thread.java:840)",
            ),
            _java(
                "b", "java.lang.IllegalArgumentException: bad item 6", "com.acme.Ware$Inner.a(Ware.java:6)"
            ),
        ),
    ),
    Family(
        name="java_http_status",
        members=(
            _java(
                "a",
                "org.springframework.web.client.HttpClientErrorException$NotFound: 404 Not Found: [no body]",
                "org.springframework.web.client.HttpClientErrorException.create(HttpClientErrorEx"
                "ception.java:112)",
                "com.acme.Api.get(Api.java:9)",
            ),
            _java("b", "com.acme.ApiException: api returned 404", "com.acme.Api.call(Api.java:9)"),
            _java("c", "com.acme.ApiException: api returned 500", "com.acme.Api.call(Api.java:9)"),
            _java("d", "com.acme.ApiException: api returned 429", "com.acme.Api.call(Api.java:9)"),
        ),
    ),
    Family(
        name="kotlin",
        members=(
            _java(
                "a",
                "java.lang.IllegalStateException: cart 7 empty",
                "com.acme.CartKt$total$1.invokeSuspend(Cart.kt:12)",
                "kotlin.coroutines.jvm.internal.BaseContinuationImpl.resumeWith(ContinuationImpl.kt:33)",
            ),
            _java(
                "a",
                "java.lang.IllegalStateException: cart 8 empty",
                "com.acme.CartKt$total$1.invokeSuspend(Cart.kt:22)",
                "kotlinx.coroutines.DispatchedTask.run(DispatchedTask.kt:106)",
            ),
            _java(
                "b",
                "java.lang.IllegalStateException: cart 8 empty",
                "com.acme.CartKt$pay$1.invokeSuspend(Cart.kt:32)",
            ),
        ),
    ),
)
