"""Names that are words of every sentence, and words that look like names: what only their place tells.

Written from the rules before the code was tried on them.
"""

from __future__ import annotations

from tests.unit.signature.families import Family, Member, at, said

__all__ = ["FAMILIES"]


def _node(label: str, message: str, function: str, line: int = 4) -> Member:
    stack = f"Error: {message}\n    at {function} (/srv/atelier/lib/loom.js:{line}:9)\n"
    return at(label, f"Error: {message}", stack + f"    at main (/srv/atelier/index.js:{line + 9}:3)")


def _swift(label: str, message: str, line: int = 31) -> Member:
    text = f"Fatal error: {message}: file Atelier/Loom.swift, line {line}"
    return said(label, text, file="/opt/atelier/bin/loom", line=1)


def _kotlin(label: str, kind: str, message: str, method: str, line: int = 12) -> Member:
    frames = f"\tat atelier.LoomKt.{method}(Loom.kt:{line})\n\tat atelier.MainKt.main(Main.kt:5)"
    return at(label, f"{kind}: {message}", f"{kind}: {message}\n{frames}")


def _elixir(label: str, kind: str, message: str, function: str, line: int = 12) -> Member:
    stack = f"** ({kind}) {message}\n    (loom 0.1.0) lib/loom.ex:{line}: Loom.{function}\n"
    return at(label, f"{kind}: {message}", stack + "    (loom 0.1.0) lib/main.ex:4: Main.run/0\n")


FAMILIES = (
    Family(
        name="common_steps",
        members=(
            _node("a", "stage build was skipped after 3 tries", "advance"),
            _node("a", "stage publish was skipped after 12 tries", "advance", 40),
            _node("a", "stage cleanup was skipped after 1 tries", "advance"),
            _node("b", "stage build was cancelled after 3 tries", "advance"),
            _node("c", "job queue is full", "advance"),
            _node("d", "job runner is gone", "advance"),
            _node("e", "config file is missing", "advance"),
            _node("f", "config key is missing", "advance"),
            _node("g", "image resize failed", "advance"),
            _node("h", "image upload failed", "advance"),
        ),
    ),
    Family(
        name="common_titles",
        members=(
            _node("a", "reel 7 of Night of the Comet is torn", "wind"),
            _node("a", "reel 12 of Der Name der Rose is torn", "wind"),
            _node("a", "reel 1 of Alien is torn", "wind"),
            _node("b", "reel 7 of Night of the Comet is missing", "wind"),
            _node("c", "hall 3 is rented to Duke of York", "wind"),
            _node("c", "hall 9 is rented to Ann", "wind"),
            _node("c", "hall 11 is rented to Sons of 1848", "wind"),
        ),
    ),
    Family(
        name="common_kinds",
        members=(
            _node("a", "vat burst under 40 l of old cider", "press"),
            _node("a", "vat burst under 9 l of perry", "press"),
            _node("a", "vat burst under 77 l of young sweet mead", "press"),
            _node("b", "vat leaked under 9 l of perry", "press"),
            _node("c", "2nd baritone is off by 4 bars", "press"),
            _node("c", "soprano is off by 11 bars", "press"),
            _node("c", "21st tenor is off by 1 bars", "press"),
            _node("d", "soprano is ahead by 11 bars", "press"),
        ),
    ),
    Family(
        name="common_seats",
        members=(
            said("a", "seat E102 is sold twice"),
            said("a", "seat F7 is sold twice"),
            said("a", "seat P-2001 is sold twice"),
            said("b", "seat E102 is not sold"),
            said("c", "error E0502: cannot borrow loom"),
            said("d", "error E0499: cannot borrow loom"),
            said("e", "ORA-00001: unique constraint (SHOP.PK) violated"),
            said("f", "ORA-12541: TNS:no listener"),
        ),
    ),
    Family(
        name="common_enum_constants",
        members=(
            _kotlin("a", "java.lang.IllegalArgumentException", "No enum constant atelier.Yarn.WOOL", "pick"),
            _kotlin(
                "a", "java.lang.IllegalArgumentException", "No enum constant atelier.Yarn.JUTE", "pick", 30
            ),
            _kotlin("b", "java.lang.IllegalArgumentException", "No enum constant atelier.Knot.WOOL", "pick"),
            _kotlin(
                "c",
                "kotlin.UninitializedPropertyAccessException",
                "lateinit property loom has not been initialized",
                "pick",
            ),
            _kotlin(
                "d",
                "kotlin.UninitializedPropertyAccessException",
                "lateinit property yarn has not been initialized",
                "pick",
            ),
        ),
    ),
    Family(
        name="common_swift",
        members=(
            _swift("a", "Index out of range"),
            _swift("a", "Index out of range", line=32),
            _swift("b", "Unexpectedly found nil while unwrapping an Optional value"),
            _swift("c", "loom 7 has no thread"),
            _swift("c", "loom 12 has no thread", line=90),
            said("d", "-[LoomView weave:]: unrecognized selector sent to instance 0x600003d0c2a0"),
            said("d", "-[LoomView weave:]: unrecognized selector sent to instance 0x7fd1c0d0a8b0"),
            said("e", "-[LoomView unweave:]: unrecognized selector sent to instance 0x600003d0c2a0"),
        ),
    ),
    Family(
        name="common_elixir",
        members=(
            _elixir("a", "RuntimeError", "loom 7 is out of yarn", "weave/2"),
            _elixir("a", "RuntimeError", "loom north is out of yarn", "weave/2", 90),
            _elixir("b", "RuntimeError", "loom 7 is out of dye", "dye/2"),
            _elixir("c", "KeyError", "key :warp not found in: %{weft: 1}", "weave/2"),
            _elixir("c", "KeyError", "key :warp not found in: %{weft: 2, id: 9}", "weave/2"),
            _elixir("d", "FunctionClauseError", "no function clause matching in Loom.knot/1", "weave/2"),
            _elixir("e", "FunctionClauseError", "no function clause matching in Loom.braid/1", "weave/2"),
            _elixir("f", "MatchError", "no match of right hand side value: {:error, :enoent}", "weave/2"),
            _elixir("f", "MatchError", "no match of right hand side value: nil", "weave/2"),
        ),
    ),
    Family(
        name="common_engines",
        members=(
            _node("a", "Can't find variable: loomTrack", "track"),
            _node("b", "Can't find variable: loomPixel", "track"),
            _node("c", "can't access lexical declaration 'warp' before initialization", "track"),
            _node("d", "can't access lexical declaration 'weft' before initialization", "track"),
            _node("e", "invalid assignment to const 'warp'", "track"),
            _node("f", "invalid assignment to const 'weft'", "track"),
            _node("g", 'can\'t access property "warp", loom is undefined', "track"),
            _node("h", 'can\'t access property "weft", loom is undefined', "track"),
        ),
    ),
    Family(
        name="common_cpp",
        members=(
            said(
                "a",
                "terminate called after throwing an instance of 'std::out_of_range'\n"
                "  what():  vector::_M_range_check: __n (which is 5) >= this->size() (which is 3)",
            ),
            said(
                "a",
                "terminate called after throwing an instance of 'std::out_of_range'\n"
                "  what():  vector::_M_range_check: __n (which is 71) >= this->size() (which is 70)",
            ),
            said(
                "b",
                "terminate called after throwing an instance of 'std::length_error'\n"
                "  what():  vector::_M_range_check: __n (which is 5) >= this->size() (which is 3)",
            ),
            said("c", "loom: loom.cpp:41: int weave(int): Assertion `n > 0' failed."),
            said("c", "loom: loom.cpp:47: int weave(int): Assertion `n > 0' failed."),
            said("d", "loom: loom.cpp:41: int weave(int): Assertion `yarn != nullptr' failed."),
            said("e", "loom: symbol lookup error: loom: undefined symbol: yarn_open"),
            said("f", "loom: symbol lookup error: loom: undefined symbol: yarn_close"),
        ),
    ),
    Family(
        name="common_journal",
        members=(
            said("a", "loom.service: Failed with result 'exit-code'."),
            said("b", "loom.service: Failed with result 'watchdog'."),
            said("c", "loom.service: Control process exited, code=exited, status=203/EXEC"),
            said("d", "loom.service: Control process exited, code=exited, status=1/FAILURE"),
            said("e", "loom.service: Main process exited, code=dumped, status=11/SEGV"),
            said("f", "dependency failed for loom.mount"),
        ),
    ),
    Family(
        name="common_logfmt",
        members=(
            said("a", 'level=error msg="yarn torn" loom=7 took=21ms'),
            said("a", 'level=error msg="yarn torn" loom=12 took=1.2s'),
            said("b", 'level=error msg="yarn lost" loom=7 took=21ms'),
            said("c", "ts=2026-01-02T03:04:05Z level=warn event=loom.stopped loom=7"),
            said("d", "ts=2026-01-02T03:04:05Z level=warn event=loom.jammed loom=7"),
        ),
    ),
    Family(
        name="common_cloud",
        members=(
            said("a", "An error occurred (AccessDenied) when calling the PutObject operation: Access Denied"),
            said(
                "b",
                "An error occurred (NoSuchBucket) when calling the PutObject operation: "
                "The specified bucket does not exist",
            ),
            said("c", "An error occurred (AccessDenied) when calling the GetObject operation: Access Denied"),
            said("d", "googleapi: Error 403: Quota exceeded for project loom-7, rateLimitExceeded"),
            said("d", "googleapi: Error 403: Quota exceeded for project dye-house, rateLimitExceeded"),
            said("e", "googleapi: Error 409: Bucket loom-7 already exists, conflict"),
            said("f", "AADSTS700016: Application 'a1' was not found in the directory 'b2'"),
            said("f", "AADSTS700016: Application 'c9' was not found in the directory 'd3'"),
            said("g", "AADSTS50034: The user account a1 does not exist in the directory"),
        ),
    ),
    Family(
        name="common_kubernetes",
        members=(
            said(
                "a",
                'Failed to pull image "registry.example.org/loom:1": rpc error: code = NotFound desc = x',
            ),
            said(
                "a", 'Failed to pull image "registry.example.org/dye:7": rpc error: code = NotFound desc = x'
            ),
            said(
                "b",
                'Failed to pull image "registry.example.org/loom:1": rpc error: code = Unavailable desc = x',
            ),
            said("c", "Pod loom-5d4f8c7b9-abcde evicted: The node was low on resource: memory"),
            said("c", "Pod dye-7c6b5d4f8-zyxwv evicted: The node was low on resource: memory"),
            said("d", "Pod loom-5d4f8c7b9-abcde evicted: The node was low on resource: ephemeral-storage"),
            said("e", "Liveness probe failed: HTTP probe failed with statuscode: 500"),
            said("f", "Liveness probe failed: HTTP probe failed with statuscode: 404"),
        ),
    ),
    Family(
        name="common_databases",
        members=(
            said("a", 'FATAL: password authentication failed for user "loom"'),
            said("a", 'FATAL: password authentication failed for user "dye"'),
            said("b", 'FATAL: database "loom" does not exist'),
            said("c", "ERROR 1062 (23000): Duplicate entry '7-1' for key 'warp.PRIMARY'"),
            said("c", "ERROR 1062 (23000): Duplicate entry '9-4' for key 'warp.PRIMARY'"),
            said("d", "ERROR 1062 (23000): Duplicate entry '7-1' for key 'weft.PRIMARY'"),
            said(
                "e", 'E11000 duplicate key error collection: mill.loom index: name_1 dup key: { name: "a" }'
            ),
            said(
                "e", 'E11000 duplicate key error collection: mill.loom index: name_1 dup key: { name: "b" }'
            ),
            said("f", "BUSYGROUP Consumer Group name already exists"),
            said("g", "OOM command not allowed when used memory > 'maxmemory'."),
        ),
    ),
    Family(
        name="common_tools",
        members=(
            said("a", "rsync error: some files could not be transferred (code 23) at main.c(1338)"),
            said("a", "rsync error: some files could not be transferred (code 23) at main.c(1207)"),
            said("b", "rsync error: some files could not be transferred (code 24) at main.c(1338)"),
            said("c", "curl: (6) Could not resolve host: loom.example.org"),
            said("c", "curl: (6) Could not resolve host: dye.example.net"),
            said("d", "curl: (7) Failed to connect to loom.example.org port 443: Connection refused"),
            said("e", "cp: cannot stat '/srv/loom/a': No such file or directory"),
            said("f", "rm: cannot stat '/srv/loom/a': No such file or directory"),
            said("g", 'Can\'t locate object method "weave" via package "Loom"'),
            said("h", 'Can\'t locate object method "knot" via package "Loom"'),
        ),
    ),
)
