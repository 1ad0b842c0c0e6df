"""Stacks of .NET."""

from __future__ import annotations

from tests.unit.signature.families import Family, Member, at

__all__ = ["FAMILIES"]


def _net(label: str, header: str, *frames: str, error: str = "") -> Member:
    lines = [frame if frame.startswith((" --", "---", "  --")) else f"   at {frame}" for frame in frames]
    return at(label, error or header, "\n".join([header, *lines]))


FAMILIES: tuple[Family, ...] = (
    Family(
        name="net_methods",
        members=(
            _net(
                "a",
                "System.InvalidOperationException: order 7 not found",
                "Shop.Orders.Find(Int32 id) in /src/Shop/Orders.cs:line 12",
                "Shop.Program.Main(String[] args) in /src/Shop/Program.cs:line 5",
            ),
            _net(
                "a",
                "System.InvalidOperationException: order 91 not found",
                r"Shop.Orders.Find(Int32 id) in D:\a\1\s\Orders.cs:line 22",
                "Shop.Jobs.Nightly() in D:\\a\\1\\s\\Jobs.cs:line 9",
            ),
            _net(
                "a",
                "System.InvalidOperationException: order 91 not found",
                "Shop.Orders.Find(Int32 id)",
                error="order 91 not found",
            ),
            _net(
                "b",
                "System.InvalidOperationException: order 7 not found",
                "Shop.Carts.Find(Int32 id) in /src/Shop/Carts.cs:line 12",
            ),
            _net(
                "c",
                "Shop.NotFoundException: order 7 not found",
                "Shop.Orders.Find(Int32 id) in /src/Shop/Orders.cs:line 12",
            ),
            _net(
                "d",
                "System.InvalidOperationException: order 7 is locked",
                "Shop.Orders.Find(Int32 id) in /src/Shop/Orders.cs:line 13",
            ),
        ),
    ),
    Family(
        name="net_async",
        members=(
            _net(
                "a",
                "System.TimeoutException: page 3 slow",
                "Shop.Api.<FetchAsync>d__3.MoveNext() in /src/Api.cs:line 9",
                "--- End of stack trace from previous location ---",
                "Shop.Web.<Get>d__1.MoveNext() in /src/Web.cs:line 4",
            ),
            _net(
                "a",
                "System.TimeoutException: page 4 slow",
                "Shop.Api.<FetchAsync>d__7.MoveNext() in /src/Api.cs:line 19",
            ),
            _net(
                "a",
                "System.TimeoutException: page 4 slow",
                "Shop.Api.FetchAsync(Int32 page) in /src/Api.cs:line 19",
            ),
            _net(
                "b",
                "System.TimeoutException: page 4 slow",
                "Shop.Api.<StoreAsync>d__4.MoveNext() in /src/Api.cs:line 29",
            ),
        ),
    ),
    Family(
        name="net_lambda",
        members=(
            _net(
                "a",
                "System.DivideByZeroException: Attempted to divide by zero.",
                "Shop.Sums.<>c.<Mean>b__0_0(Int32 x) in /src/Sums.cs:line 9",
                "System.Linq.Enumerable.SelectListIterator`2.ToList()",
                "Shop.Sums.Mean(List`1 xs) in /src/Sums.cs:line 8",
            ),
            _net(
                "a",
                "System.DivideByZeroException: Attempted to divide by zero.",
                "Shop.Sums.<>c__DisplayClass2_0.<Mean>b__1(Int32 x) in /src/Sums.cs:line 19",
                "Shop.Sums.Mean(List`1 xs) in /src/Sums.cs:line 18",
            ),
            _net(
                "b",
                "System.DivideByZeroException: Attempted to divide by zero.",
                "Shop.Sums.<>c.<Ratio>b__4_0(Int32 x) in /src/Sums.cs:line 39",
            ),
        ),
    ),
    Family(
        name="net_library",
        members=(
            _net(
                "a",
                "System.FormatException: The input string 'abc' was not in a correct format.",
                "System.Number.ThrowFormatException[TChar](ReadOnlySpan`1 value)",
                "System.Int32.Parse(String s)",
                "Shop.Forms.Quantity(String s) in /src/Forms.cs:line 7",
            ),
            _net(
                "a",
                "System.FormatException: The input string '12x' was not in a correct format.",
                "System.Number.ThrowOverflowOrFormatException(ParsingStatus status)",
                "System.Int32.Parse(String s)",
                "Shop.Forms.Quantity(String s) in /src/Forms.cs:line 17",
            ),
            _net(
                "b",
                "System.FormatException: The input string 'abc' was not in a correct format.",
                "System.Number.ThrowFormatException[TChar](ReadOnlySpan`1 value)",
                "System.Int32.Parse(String s)",
                "Shop.Forms.Year(String s) in /src/Forms.cs:line 27",
            ),
        ),
    ),
    Family(
        name="net_inner",
        members=(
            _net(
                "a",
                "Shop.SyncException: shop 7 failed",
                " ---> System.Net.Http.HttpRequestException: Connection refused (db-1:5432)",
                "System.Net.Http.ConnectAsync(String host)",
                "   --- End of inner exception stack trace ---",
                "Shop.Sync.Run(Int32 id) in /src/Sync.cs:line 9",
            ),
            _net(
                "a",
                "Shop.SyncException: shop 8 failed",
                " ---> System.Net.Http.HttpRequestException: Connection refused (db-2:5433)",
                "System.Net.Http.ConnectAsync(String host)",
                "   --- End of inner exception stack trace ---",
                "Shop.Sync.Run(Int32 id) in /src/Sync.cs:line 19",
            ),
            _net(
                "b",
                "Shop.SyncException: shop 7 failed",
                " ---> System.TimeoutException: The operation has timed out.",
                "System.Net.Http.ConnectAsync(String host)",
                "   --- End of inner exception stack trace ---",
                "Shop.Sync.Run(Int32 id) in /src/Sync.cs:line 9",
            ),
            _net("c", "Shop.SyncException: shop 7 failed", "Shop.Sync.Run(Int32 id) in /src/Sync.cs:line 9"),
        ),
    ),
    Family(
        name="net_http",
        members=(
            _net(
                "a",
                "System.Net.Http.HttpRequestException: Response status code does not indicate suc"
                "cess: 404 (Not Found).",
                "System.Net.Http.HttpResponseMessage.EnsureSuccessStatusCode()",
                "Shop.Api.Get(String url) in /src/Api.cs:line 9",
            ),
            _net(
                "b",
                "System.Net.Http.HttpRequestException: Response status code does not indicate suc"
                "cess: 500 (Internal Server Error).",
                "System.Net.Http.HttpResponseMessage.EnsureSuccessStatusCode()",
                "Shop.Api.Get(String url) in /src/Api.cs:line 9",
            ),
        ),
    ),
    Family(
        name="net_null",
        members=(
            _net(
                "a",
                "System.NullReferenceException: Object reference not set to an instance of an object.",
                "Shop.Cart.Total() in /src/Cart.cs:line 9",
            ),
            _net(
                "a",
                "System.NullReferenceException: Object reference not set to an instance of an object.",
                "Shop.Cart.Total() in C:\\build\\Cart.cs:line 19",
                "Microsoft.AspNetCore.Mvc.X.Y()",
            ),
            _net(
                "b",
                "System.NullReferenceException: Object reference not set to an instance of an object.",
                "Shop.Cart.Tax() in /src/Cart.cs:line 9",
            ),
        ),
    ),
    Family(
        name="net_unhandled",
        members=(
            _net(
                "a",
                "Unhandled exception. System.ArgumentException: bad plan 7 (Parameter 'plan')",
                "Shop.Plans.Check(String plan) in /src/Plans.cs:line 3",
            ),
            _net(
                "a",
                "System.ArgumentException: bad plan 8 (Parameter 'plan')",
                "Shop.Plans.Check(String plan) in /src/Plans.cs:line 3",
            ),
            _net(
                "b",
                "System.ArgumentNullException: bad plan 8 (Parameter 'plan')",
                "Shop.Plans.Check(String plan) in /src/Plans.cs:line 3",
            ),
        ),
    ),
)
