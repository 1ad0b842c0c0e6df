"""Messages whose data looks like words, from programs whose source lines nobody knows; and odd values.

Written after a first measurement on families of somebody else had shown what was missing.
"""

from __future__ import annotations

from tests.unit.signature.families import Family, Member, at, said

__all__ = ["FAMILIES"]


def _node(label: str, kind: str, message: str, function: str, line: int = 4) -> Member:
    stack = f"{kind}: {message}\n    at {function} (/srv/dock/lib/cranes.js:{line}:9)\n"
    return at(label, f"{kind}: {message}", stack + f"    at main (/srv/dock/index.js:{line + 9}:3)")


def _java(label: str, message: str, method: str, line: int = 7) -> Member:
    kind = "java.lang.IllegalStateException"
    frames = f"\tat orchard.Press.{method}(Press.java:{line})\n\tat orchard.Main.main(Main.java:3)"
    return at(label, f"{kind}: {message}", f"{kind}: {message}\n{frames}")


def _go(label: str, message: str, function: str, line: int = 11) -> Member:
    stack = f"goroutine 1 [running]:\nmain.{function}(0x1)\n\t/src/kiln/main.go:{line} +0x1d\n"
    return at(
        label, f"panic: {message}", f"panic: {message}\n\n{stack}main.main()\n\t/src/kiln/main.go:40 +0x2"
    )


def _ruby(label: str, message: str, method: str, line: int = 5) -> Member:
    stack = f"/srv/ferry/deck.rb:{line}:in `{method}': {message} (RuntimeError)\n\tfrom main.rb:2:in `<main>'"
    return at(label, message, stack)


def _php(label: str, message: str, method: str, line: int = 6) -> Member:
    header = f"PHP Fatal error:  Uncaught LogicException: {message} in /srv/loom/Loom.php:{line}"
    return at(
        label,
        f"LogicException: {message}",
        f"{header}\nStack trace:\n#0 /srv/loom/run.php(3): {method}('x')\n#1 {{main}}",
    )


def _perl(label: str, message: str, function: str, line: int = 8) -> Member:
    frames = f"\tHive::{function}('x') called at run.pl line {line + 3}\n"
    return at(label, message, f"{message} at /srv/apiary/Hive.pm line {line}.\n{frames}")


def _died(label: str, message: str, place: str, behind: str = ".") -> Member:
    return at(label, f"{message} at {place}.", f"{message} at {place}{behind}\n")


def _lua(label: str, message: str, file: str, line: int, function: str) -> Member:
    said = f"lib/{file}:{line}: {message}"
    frames = (
        f"\tmain.lua:1: in function <main.lua:1>\n\t[C]: in function 'error'\n"
        f"\tlib/{file}:{line}: in function {function}\n\t[C]: in function 'xpcall'\n"
        f"\tmain.lua:{line}: in main chunk"
    )
    return at(label, said, f"{said}\nstack traceback:\n{frames}")


def _page(label: str, error: str, stack: str) -> Member:
    return at(label, error, stack.replace("%%", "https://maps.example.com/assets/atlas"))


FAMILIES = (
    Family(
        name="words_node",
        members=(
            _node("a", "Error", "crane north-2 is reserved by Ana", "lift"),
            _node("a", "Error", "crane west is reserved by o'hara", "lift", 14),
            _node("a", "Error", "crane Z is reserved by Lee & sons", "lift"),
            _node("b", "Error", "crane Z is not reserved", "lift"),
            _node("c", "Error", "crane Z is reserved by Ana", "lower"),
            _node("d", "TypeError", "crane Z is reserved by Ana", "lift"),
        ),
    ),
    Family(
        name="words_java",
        members=(
            _java("a", "press A rejected batch of Elstar", "squeeze"),
            _java("a", "press B rejected batch of boskoop", "squeeze", 17),
            _java("a", "press V8 rejected batch of Cox Orange", "squeeze"),
            _java("b", "press A accepted no batch of Elstar", "squeeze"),
            _java("c", "press A rejected batch of Elstar", "bottle"),
        ),
    ),
    Family(
        name="words_go",
        members=(
            _go("a", "glaze lapis cracked at cone 06", "fire"),
            _go("a", "glaze x cracked at cone 9", "fire", 21),
            _go("b", "glaze lapis missing", "fire"),
        ),
    ),
    Family(
        name="words_ruby",
        members=(
            _ruby("a", "Ida Berg missed the ferry to oban", "board"),
            _ruby("a", "Jo missed the ferry to Mull", "board", 15),
            _ruby("b", "Jo has no ticket for the ferry to Mull", "board"),
        ),
    ),
    Family(
        name="words_php",
        members=(
            _php("a", "thread of indigo broke on loom Lyon", "Loom->weave"),
            _php("a", "thread of #ff0000 broke on loom 7", "Loom->weave", 16),
            _php("b", "no thread of indigo for loom Lyon", "Loom->weave"),
        ),
    ),
    Family(
        name="words_perl",
        members=(
            _perl("a", "hive a: 3 drones of Ula are lost", "count"),
            _perl("a", "hive 12: 1 drones of zed are lost", "count", 18),
            _perl("b", "hive a: queen is missing", "count"),
        ),
    ),
    Family(
        name="perl_died_in_one_line",
        members=(
            _died("a", "no honey for Ula", "/srv/apiary/Hive.pm line 8"),
            _died("a", "no honey for zed", "lib/Hive.pm line 18", ", <STDIN> line 3."),
            _died("b", "no honey for zed", "lib/Bees.pm line 18"),
            _died("c", "honey for zed is spoiled", "lib/Hive.pm line 9"),
        ),
    ),
    Family(
        name="perl_called_from_elsewhere",
        members=(
            at(
                "a",
                "no honey",
                "no honey at lib/Hive.pm line 8.\n\tHive::fill(7) called at bin/run.pl line 3\n",
            ),
            at(
                "a",
                "no honey",
                "no honey at lib/Hive.pm line 8.\n\tHive::fill(7) called at t/fill.t line 3\n",
            ),
            at(
                "b",
                "no honey",
                "no honey at lib/Hive.pm line 8.\n\tHive::drain(7) called at t/fill.t line 3\n",
            ),
        ),
    ),
    Family(
        name="lua_traceback",
        members=(
            _lua("a", "dough of Ula is too wet at 12", "kneader.lua", 3, "'kneader.knead'"),
            _lua("a", "dough of zed is too wet at 99", "kneader.lua", 13, "'kneader.knead'"),
            _lua("b", "dough of zed has no flour", "kneader.lua", 13, "'kneader.knead'"),
            _lua("c", "dough of zed is too wet at 99", "kneader.lua", 23, "'kneader.rest'"),
            _lua("d", "attempt to index a nil value (field 'a')", "kneader.lua", 7, "<lib/kneader.lua:7>"),
            _lua("d", "attempt to index a nil value (field 'a')", "kneader.lua", 17, "<lib/kneader.lua:17>"),
        ),
    ),
    Family(
        name="words_identity",
        members=(
            _node("a", "TypeError", "router.mapp is not a function", "lift"),
            _node("b", "TypeError", "router.topp is not a function", "lift"),
            _node("c", "Error", "unknown column kg_total", "lift"),
            _node("d", "Error", "unknown column kg_empty", "lift"),
            _node("e", "Error", "NoSuchKey: gone", "lift"),
            _node("f", "Error", "AccessDenied: gone", "lift"),
            _node("g", "Error", "dial failed: ECONNREFUSED", "lift"),
            _node("h", "Error", "dial failed: EHOSTUNREACH", "lift"),
        ),
    ),
    Family(
        name="one_page_three_engines",
        members=(
            _page(
                "a",
                "no tile oslo at zoom 7",
                "RangeError: no tile oslo at zoom 7\n    at Atlas.tile (%%.3f9a2c1b.js:3:24)\n"
                "    at onPan (%%.3f9a2c1b.js:9:3)",
            ),
            _page("a", "no tile bern at zoom 12", "tile@%%.77aa12cd.js:3:30\nonPan@%%.77aa12cd.js:9:8"),
            _page(
                "a", "no tile x at zoom 1", "tile@%%.js?v=5:13:30\nonPan@%%.js?v=5:19:8\nonKey@%%.js?v=5:2:8"
            ),
            _page("b", "no tile x at zoom 1", "legend@%%.js:13:30\nonPan@%%.js:19:8"),
            _page("c", "tile oslo is empty", "tile@%%.js:13:30\nonPan@%%.js:19:8"),
            _page("d", "RangeError: no tile x at zoom 1", "tile@%%.js:13:30\nonPan@%%.js:19:8"),
            _page("e", "TypeError: no tile x at zoom 1", "tile@%%.js:13:30\nonPan@%%.js:19:8"),
        ),
    ),
    Family(
        name="quoted_quantities",
        members=(
            said("a", 'cannot read "440 Hz" as a number'),
            said("a", 'cannot read "A4" as a number'),
            said("a", "cannot read '320 Kilo' as a number"),
            said("b", "cannot fetch it: '404 Not Found'"),
            said("c", "cannot fetch it: '410 Gone'"),
        ),
    ),
    Family(
        name="numbers_as_people_write_them",
        members=(
            said("a", "reservoir holds 12,345 of 10,000 l after 3.4 s"),
            said("a", "reservoir holds 98'765 of 90'000 l after 00:12:44"),
            said("a", "reservoir holds 1\u202f234\u202f567 of 7 l after 9 min"),
            said("b", "copied 2.3 MB at 11 MB/s"),
            said("b", "copied 4 kB at 900 kB/s"),
            said("b", "copied 7 GiB at 1.5 GiB/s"),
        ),
    ),
    Family(
        name="hosts_as_the_jvm_writes_them",
        members=(
            said("a", "no broker at kafka-2.example.net/10.0.3.9:9092, giving up"),
            said("a", "no broker at localhost/127.0.0.1:9092, giving up"),
            said("a", "no broker at db.internal/<unresolved>:5432, giving up"),
        ),
    ),
    Family(
        name="wildcard_certificates",
        members=(
            said("a", "certificate CN=api.example.com expired on Nov  3 07:15:22 2026 GMT"),
            said("a", "certificate CN=*.shop.example.org expired on Jan 31 23:59:59 2026 GMT"),
        ),
    ),
    Family(
        name="seats_like_technical_names",
        members=(
            said("a", "seat X7 of row ED9 is sold"),
            said("a", "seat B12 of row P4 is sold"),
            said("a", "seat V8 of row S3 is sold"),
            said("b", "digest by sha256 is wrong"),
            said("c", "digest by md5 is wrong"),
        ),
    ),
)
