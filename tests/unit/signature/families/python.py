"""Programs in Python that raise for real: source, and expressions with the bug they show."""

from __future__ import annotations

from tests.unit.signature.families import Family, Member
from tests.unit.signature.raising import Deploy, Program

__all__ = ["FAMILIES", "PROGRAMS"]

_DEPLOYS = (
    Deploy(root="/home/ci/releases/20261101-7f3a9c2/app"),
    Deploy(root="/srv/app/next", lines_above=10),
)

PROGRAMS: dict[str, tuple[str, list[tuple[str, str]]]] = {
    "seats": (
        """
class Hall:
    def take(self, n):
        raise LookupError(f"seat {n} is taken")
class Room(Hall):
    def take(self, n):
        raise LookupError(f"seat {n} is taken")
def swap(n):
    raise LookupError(
        f"seat {n} is taken")
""",
        [
            ("a", "Hall().take(7)"),
            ("a", "Hall().take('B-12')"),
            ("a", "Hall().take(None)"),
            ("a", "Hall().take('Ann Lee')"),
            ("b", "Room().take(7)"),
            ("c", "swap(7)"),
            ("c", "swap(12)"),
        ],
    ),
    "styles": (
        """
def percent(a, b): raise ValueError("cannot move %s to %r" % (a, b))
def braces(a, b): raise ValueError("cannot move {} to {!r}".format(a, b))
def named(a, b): raise ValueError("cannot move {a} to {b}".format(a=a, b=b))
def plus(a, b): raise ValueError("cannot move " + a + " to " + str(b))
def mixed(a, b): raise ValueError("cannot move %s to " % a + f"{b}")
def joined(a, b):
    raise ValueError("cannot move " f"{a}"
                     f" to {b}")
""",
        [
            ("a", "percent('ann', 'east wing')"),
            ("a", "percent('bob lee', '')"),
            ("b", "braces('ann', 'east')"),
            ("b", "braces('x y', 'west wing')"),
            ("c", "named('ann', 'east')"),
            ("c", "named('x y', 'west wing')"),
            ("d", "plus('ann', 'east')"),
            ("d", "plus('x y', 'west wing')"),
            ("e", "mixed('ann', 'east')"),
            ("e", "mixed('x y', 'west wing')"),
            ("f", "joined('7', '9')"),
            ("f", "joined('8', '12')"),
        ],
    ),
    "two_in_one": (
        """
def pay(amount, user):
    if amount < 0:
        raise ValueError(f"amount {amount} is negative")
    if amount > 100:
        raise ValueError(f"amount {amount} is too large")
    if not user:
        raise ValueError(f"amount {amount} is negative")
""",
        [("a", "pay(-1, 'x')"), ("a", "pay(-77, 'x')"), ("b", "pay(101, 'x')"), ("b", "pay(5000, 'x')")],
    ),
    "custom_errors": (
        """
class NotFound(Exception):
    def __init__(self, kind, key):
        super().__init__(f"{kind} {key} not found")
        self.key = key
class Coded(Exception):
    def __init__(self, code, text):
        self.code, self.text = code, text
        super().__init__(code, text)
    def __str__(self): return f"[{self.code}] {self.text}"
def order(n): raise NotFound("order", n)
def invoice(n): raise NotFound("invoice", n)
def fail(code, n): raise Coded(code, f"batch {n} refused")
""",
        [
            ("a", "order(7)"),
            ("a", "order('A-9')"),
            ("b", "invoice(7)"),
            ("c", "fail('E1', 7)"),
            ("c", "fail('E1', 99)"),
        ],
    ),
    "guards": (
        """
def ensure(value, what):
    if not value: raise ValueError(f"{what} must not be empty")
def check_range(n, name):
    if n < 0:
        raise ValueError("%s out of range: %d" % (name, n))
def city(d): ensure(d, "city")
def street(d): ensure(d, "street")
def width(n): check_range(n, "width")
def height(n): check_range(n, "height")
def fail(message): raise RuntimeError(message)
def no_stock(): fail("stock is empty")
def no_cart(): fail("cart is empty")
""",
        [
            ("a", "city('')"),
            ("a", "city(None)"),
            ("b", "street('')"),
            ("c", "width(-1)"),
            ("c", "width(-77)"),
            ("d", "height(-1)"),
            ("e", "no_stock()"),
            ("f", "no_cart()"),
        ],
    ),
    "not_guards": (
        """
def load(name):
    raise LookupError(f"no row for {name}")
def web(n): return load(n)
def cli(n): return load(n)
def job(): return load("nightly")
def check_stock(n):
    if n < 0: raise ValueError(f"stock {n} is negative")
def first(n): check_stock(n)
def second(n): check_stock(n)
""",
        [
            ("a", "web('x')"),
            ("a", "web('y z')"),
            ("a", "cli('x')"),
            ("a", "job()"),
            ("b", "first(-1)"),
            ("b", "second(-2)"),
        ],
    ),
    "names": (
        """
import types
class Cart: pass
def total(c): return c.totl
def tax(c): return c.taxs
def call(f, **kw): return f(**kw)
def target(a, *, b=1): return a
def lazy(m, name): return getattr(m, name)
""",
        [
            ("a", "total(Cart())"),
            ("a", "total(Cart())"),
            ("b", "tax(Cart())"),
            ("c", "call(target, a=1, z=2)"),
            ("d", "call(target, a=1, y=2)"),
            ("e", "lazy(types, 'nope')"),
            ("f", "lazy(types, 'nada')"),
        ],
    ),
    "keys": (
        """
PRICES = {}
class Registry(dict):
    def __missing__(self, key): raise KeyError(f"no plan called {key}")
def price(sku): return PRICES[sku]
def plan(name): return Registry()[name]
def env(name): raise KeyError(name)
def pop(d, k): return d.pop(k)
""",
        [
            ("a", "price('A-1')"),
            ("a", "price((1, 'x'))"),
            ("a", "price('two words')"),
            ("b", "plan('gold')"),
            ("b", "plan('very long')"),
            ("c", "env('A1')"),
            ("c", "env('B2')"),
            ("d", "pop({}, 7)"),
            ("d", "pop({}, 'x y')"),
        ],
    ),
    "causes": (
        """
import json
class SyncError(Exception): pass
def parse(text):
    try: return json.loads(text)
    except ValueError as e: raise SyncError("feed unusable") from e
def sync(shop, text):
    try: return parse(text)
    except SyncError as e: raise SyncError(f"sync of {shop} failed") from e
def quiet(shop):
    try: return {}[shop]
    except KeyError: raise SyncError(f"shop {shop} unknown") from None
def typed(shop, text):
    try: return int(text)
    except ValueError as e: raise SyncError(f"sync of {shop} failed") from e
""",
        [
            ("a", "sync(7, '{')"),
            ("a", "sync(9, '{\\n\\n')"),
            ("b", "quiet(7)"),
            ("b", "quiet('x')"),
            ("c", "typed(7, 'x')"),
            ("c", "typed(8, '1.5')"),
        ],
    ),
    "groups": (
        """
def one(kind, n):
    try:
        if kind == "v": raise ValueError(f"row {n} bad")
        raise TypeError(f"row {n} odd")
    except Exception as e: return e
def batch(kinds): raise ExceptionGroup(f"{len(kinds)} rows failed", [one(k, i) for i, k in enumerate(kinds)])
def other(kinds): raise ExceptionGroup(f"{len(kinds)} cells failed", [one(k, i) for i, k in enumerate(kinds)])
""",
        [
            ("a", "batch('vt')"),
            ("a", "batch('tv')"),
            ("a", "batch('tvvvt')"),
            ("b", "batch('v')"),
            ("b", "batch('vvv')"),
            ("c", "batch('t')"),
            ("d", "other('vt')"),
        ],
    ),
    "task_groups": (
        """
import asyncio
async def fetch(n): raise TimeoutError(f"page {n} slow")
async def store(n): raise OSError(f"page {n} lost")
async def main(*jobs):
    async with asyncio.TaskGroup() as tg:
        for number, job in enumerate(jobs): tg.create_task(job(number))
async def gathered(*jobs): await asyncio.gather(*[job(n) for n, job in enumerate(jobs)])
def run(*jobs): asyncio.run(main(*jobs))
def run_gathered(*jobs): asyncio.run(gathered(*jobs))
""",
        [
            ("a", "run(fetch, store)"),
            ("a", "run(store, fetch)"),
            ("b", "run(fetch)"),
            ("b", "run(fetch, fetch)"),
            ("c", "run(store)"),
            ("b", "run_gathered(fetch)"),
        ],
    ),
    "endless": (
        """
def down(n): return down(n + 1)
def left(n): return right(n + 1)
def right(n): return left(n + 1)
class Tree:
    def __getattr__(self, name): return getattr(self.inner, name)
""",
        [("a", "down(0)"), ("a", "down(-50)"), ("b", "left(0)"), ("c", "Tree().x"), ("c", "Tree().y")],
    ),
    "comprehensions": (
        """
def parse(x): return int(x)
def inline(xs): return [int(x) for x in xs]
def lazily(xs): return sum(int(x) for x in xs)
def keyed(xs): return {x: 1 / (len(x) - 1) for x in xs}
def sorted_by(xs): return sorted(xs, key=lambda x: x["rank"])
def nested():
    def inner(n): raise ValueError(f"inner {n} bad")
    return inner
def deco(f):
    def wrapper(*a): return f(*a)
    return wrapper
@deco
def wrapped(n): raise ValueError(f"inner {n} bad")
""",
        [
            ("a", "inline(['x'])"),
            ("a", "inline(['1', 'y z'])"),
            ("b", "lazily(['x'])"),
            ("b", "lazily(['1', 'q'])"),
            ("c", "keyed(['a'])"),
            ("c", "keyed(['bb', 'c'])"),
            ("d", "sorted_by([{}])"),
            ("d", "sorted_by([{'rank': 1}, {'x': 2}])"),
            ("e", "nested()(1)"),
            ("e", "nested()(2)"),
            ("f", "wrapped(1)"),
            ("f", "wrapped(2)"),
        ],
    ),
    "library": (
        """
import json, datetime, decimal, ipaddress, uuid, base64, pathlib, struct, enum
class Color(enum.Enum): RED = 1
def config(s): return json.loads(s)
def event(s): return json.loads(s)
def day(s): return datetime.date.fromisoformat(s)
def money(s): return decimal.Decimal(s)
def peer(s): return ipaddress.ip_address(s)
def ident(s): return uuid.UUID(s)
def color(s): return Color(s)
def unpack(b): return struct.unpack(">I", b)
def read(p): return pathlib.Path(p).read_text()
def b64(s): return base64.b64decode(s, validate=True)
""",
        [
            ("a", "config('{')"),
            ("a", "config('{\\n \\n')"),
            ("b", "event('{')"),
            ("c", "day('tomorrow')"),
            ("c", "day('next week')"),
            ("d", "money('x')"),
            ("d", "money('1..2')"),
            ("e", "peer('x')"),
            ("e", "peer('1.2.3.4.5')"),
            ("f", "ident('x')"),
            ("f", "ident('12')"),
            ("g", "color('blue')"),
            ("g", "color(7)"),
            ("h", "unpack(b'1')"),
            ("h", "unpack(b'12345')"),
            ("i", "read('/nope/a')"),
            ("i", "read('/nope/b c.txt')"),
        ],
    ),
    "statuses": (
        """
import subprocess, sys, os
class ApiError(Exception): pass
def call(status, url): raise ApiError(f"{url} answered {status}")
def body(status, n): raise ApiError(f"unexpected status {status} for item {n}")
def grpc(code, n): raise ApiError(f"<_InactiveRpcError of RPC with: status = StatusCode.{code} for item {n}>")
def tool(code): subprocess.run([sys.executable, "-S", "-c", f"raise SystemExit({code})"], check=True)
def system(n): raise OSError(n, os.strerror(n), f"/x/{n}")
def rows(n): raise ApiError(f"query returned {n} rows")
""",
        [
            ("a", "call(404, 'http://x.example/1')"),
            ("a", "call(404, 'http://x.example/2')"),
            ("b", "call(500, 'http://x.example/1')"),
            ("c", "body(404, 1)"),
            ("c", "body(404, 22)"),
            ("d", "body(503, 1)"),
            ("e", "grpc('UNAVAILABLE', 1)"),
            ("e", "grpc('UNAVAILABLE', 22)"),
            ("f", "grpc('NOT_FOUND', 1)"),
            ("g", "system(2)"),
            ("h", "system(13)"),
            ("i", "system(28)"),
            ("j", "rows(500)"),
            ("j", "rows(404)"),
            ("j", "rows(7)"),
        ],
    ),
    "asserts": (
        """
def positive(n):
    assert n > 0, f"balance {n} below zero"
def bare(n):
    assert n > 0
def both(n, m):
    assert n > 0, "n is wrong"
    assert m > 0, "m is wrong"
""",
        [
            ("a", "positive(-1)"),
            ("a", "positive(-99)"),
            ("b", "bare(-1)"),
            ("c", "both(-1, 1)"),
            ("d", "both(1, -1)"),
        ],
    ),
    "several_arguments": (
        """
def send(to): raise ConnectionError("mail refused", to)
def store(to): raise ConnectionError("disk refused", to)
def pair(a, b): raise ValueError("cannot join parts", a, b)
def listed(*names): raise ValueError([f"{n} is not allowed here" for n in names])
""",
        [
            ("a", "send('ann')"),
            ("a", "send('bob lee')"),
            ("b", "store('ann')"),
            ("c", "pair(1, 'x')"),
            ("c", "pair('y z', None)"),
        ],
    ),
    "generators": (
        """
import contextlib
@contextlib.contextmanager
def locked(n):
    yield n
    raise RuntimeError(f"lock {n} lost")
def work(n):
    with locked(n): pass
def lines(xs):
    for x in xs:
        if not x: raise ValueError(f"line {x!r} empty")
        yield x
def count(xs): return len(list(lines(xs)))
def longest(xs): return max(lines(xs))
class Loader:
    @property
    def size(self): raise NotImplementedError("size of remote files")
    @staticmethod
    def make(n): raise TypeError(f"loader {n} unusable")
    @classmethod
    def build(cls, n): raise TypeError(f"loader {n} unusable")
""",
        [
            ("a", "work(1)"),
            ("a", "work('x')"),
            ("b", "count([''])"),
            ("b", "longest([None])"),
            ("c", "Loader().size"),
            ("d", "Loader.make(1)"),
            ("d", "Loader.make(2)"),
            ("e", "Loader.build(1)"),
        ],
    ),
    "reraised": (
        """
def low(n): raise OSError(f"disk {n} gone")
def logged(n):
    try: low(n)
    except OSError: raise
def later(n):
    error = None
    try: low(n)
    except OSError as e: error = e
    raise error
def cleanup(n):
    try: low(n)
    finally: str(n)
def replaced(n):
    try: low(n)
    except OSError: raise RuntimeError(f"job {n} stopped")
""",
        [
            ("a", "low(1)"),
            ("a", "logged(2)"),
            ("a", "later(3)"),
            ("a", "cleanup(4)"),
            ("b", "replaced(1)"),
            ("b", "replaced(2)"),
        ],
    ),
}


def _family(name: str) -> Family:
    source, calls = PROGRAMS[name]
    program = Program(name, source, Deploy())
    members = [Member(label=label, facts=program.facts(call)) for label, call in calls]
    for deploy in _DEPLOYS:
        moved = Program(name, source, deploy)
        members += [Member(label=label, facts=moved.facts(call)) for label, call in calls]
    return Family(name=f"py_{name}", members=tuple(members))


FAMILIES: tuple[Family, ...] = tuple(_family(name) for name in PROGRAMS)
