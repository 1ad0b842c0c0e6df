"""Stacks of V8, SpiderMonkey and JavaScriptCore."""

from __future__ import annotations

from tests.unit.signature.families import Family, Member, at

__all__ = ["FAMILIES"]

_NODE = """    at Module._compile (node:internal/modules/cjs/loader:1521:14)
    at Module._extensions..js (node:internal/modules/cjs/loader:1623:10)"""


def _node(
    label: str, kind: str, message: str, *frames: str, root: str = "/srv/api/current", error: str = ""
) -> Member:
    """Make a report of Node; ``{}`` in a frame is the deployment's folder."""
    lines = [f"    at {frame.replace('{}', root)}" for frame in frames]
    return at(label, error or f"{kind}: {message}", "\n".join([f"{kind}: {message}", *lines, _NODE]))


FAMILIES: tuple[Family, ...] = (
    Family(
        name="node_class_methods",
        members=(
            _node("a", "Error", "crate 7 is heavy", "Ship.load ({}/ship.js:3:100)", "main ({}/main.js:9:1)"),
            _node(
                "a",
                "Error",
                "crate 9 is heavy",
                "Ship.load ({}/ship.js:13:100)",
                "other ({}/main.js:19:1)",
                root="/home/x/r-77",
            ),
            _node("b", "Error", "crate 7 is heavy", "Truck.load ({}/ship.js:3:100)", "main ({}/main.js:9:1)"),
            _node(
                "c", "RangeError", "crate 7 is heavy", "Ship.load ({}/ship.js:3:100)", "main ({}/main.js:9:1)"
            ),
            _node("d", "Error", "crate 7 is wet", "Ship.load ({}/ship.js:4:100)", "main ({}/main.js:9:1)"),
        ),
    ),
    Family(
        name="node_async",
        members=(
            _node(
                "a",
                "RangeError",
                "slot 4 taken",
                "later ({}/w.js:4:44)",
                "process.processTicksAndRejections (node:internal/process/task_queues:95:5)",
                "async show ({}/w.js:8:30)",
            ),
            _node(
                "a",
                "RangeError",
                "slot 12 taken",
                "later ({}/w.js:4:44)",
                "async Promise.any (index 0)",
                "async {}/w.js:9:112",
            ),
            _node("a", "RangeError", "slot 12 taken", "async later ({}/w.js:4:44)"),
            _node("b", "RangeError", "slot 4 taken", "async sooner ({}/w.js:6:44)"),
        ),
    ),
    Family(
        name="node_library",
        members=(
            _node(
                "a",
                "ValidationError",
                '"email" must be a valid email',
                "Object.exports.process ({}/node_modules/joi/lib/errors.js:190:16)",
                "register ({}/routes/user.js:7:3)",
            ),
            _node(
                "a",
                "ValidationError",
                '"email" must be a valid email',
                "Object.exports.process ({}/node_modules/joi/lib/errors.js:201:16)",
                "register ({}/routes/user.js:17:3)",
                root="/opt/app",
            ),
            _node(
                "b",
                "ValidationError",
                '"email" must be a valid email',
                "Object.exports.process ({}/node_modules/joi/lib/errors.js:190:16)",
                "invite ({}/routes/user.js:27:3)",
            ),
        ),
    ),
    Family(
        name="node_fs",
        members=(
            _node(
                "a",
                "Error",
                "ENOENT: no such file or directory, open '/nope/x'",
                "Object.openSync (node:fs:573:18)",
                "Object.readFileSync (node:fs:452:35)",
                "readConfig ({}/config.js:3:9)",
            ),
            _node(
                "a",
                "Error",
                "ENOENT: no such file or directory, open '/etc/y.json'",
                "Object.openSync (node:fs:601:3)",
                "readConfig ({}/config.js:13:9)",
            ),
            _node(
                "b",
                "Error",
                "EACCES: permission denied, open '/nope/x'",
                "Object.openSync (node:fs:573:18)",
                "readConfig ({}/config.js:3:9)",
            ),
            _node(
                "c",
                "Error",
                "ENOENT: no such file or directory, open '/nope/x'",
                "Object.openSync (node:fs:573:18)",
                "readSecrets ({}/config.js:9:9)",
            ),
        ),
    ),
    Family(
        name="node_endless",
        members=(
            _node("a", "RangeError", "Maximum call stack size exceeded", *["rec ({}/w.js:6:25)"] * 10),
            _node(
                "a",
                "RangeError",
                "Maximum call stack size exceeded",
                *["rec ({}/w.js:16:25)"] * 9,
                "walk ({}/w.js:30:1)",
            ),
            _node(
                "b",
                "RangeError",
                "Maximum call stack size exceeded",
                *["ping ({}/w.js:6:25)", "pong ({}/w.js:7:25)"] * 5,
            ),
            _node(
                "b",
                "RangeError",
                "Maximum call stack size exceeded",
                *["pong ({}/w.js:7:25)", "ping ({}/w.js:6:25)"] * 5,
            ),
        ),
    ),
    Family(
        name="node_cause",
        members=(
            at(
                "a",
                "Error: sync of 7 failed",
                "Error: sync of 7 failed\n    at sync (/srv/s.js:7:57)\n  [cause]: TypeError: fet"
                "ch failed\n      at get (/srv/s.js:3:1)",
            ),
            at(
                "a",
                "Error: sync of 9 failed",
                "Error: sync of 9 failed\n    at sync (/opt/s.js:17:57)\n  [cause]: TypeError: fe"
                "tch failed\n      at get (/opt/s.js:13:1)",
            ),
            at(
                "b",
                "Error: sync of 7 failed",
                "Error: sync of 7 failed\n    at sync (/srv/s.js:7:57)\n  [cause]: SyntaxError: U"
                "nexpected end of JSON input\n      at get (/srv/s.js:4:1)",
            ),
        ),
    ),
    Family(
        name="node_uncaught",
        members=(
            at(
                "a",
                "Error: boot 7 failed",
                "/srv/boot.js:12\n    throw new Error(`boot ${n} failed`)\n    ^\n\nError: boot 7"
                " failed\n    at boot (/srv/boot.js:12:11)\n\nNode.js v20.20.2",
            ),
            at(
                "a",
                "Error: boot 8 failed",
                "/srv/boot.js:22\n    throw new Error(`boot ${n} failed`)\n    ^\n\nError: boot 8"
                " failed\n    at boot (/srv/boot.js:22:11)\n\nNode.js v22.1.0",
            ),
            at("a", "boot 8 failed", "Error: boot 8 failed\n    at boot (/srv/boot.js:22:11)"),
            at(
                "b",
                "TypeError: boot 7 failed",
                "/srv/boot.js:12\n    throw new TypeError(`boot ${n} failed`)\n    ^\n\nTypeError"
                ": boot 7 failed\n    at boot (/srv/boot.js:12:11)\n\nNode.js v20.20.2",
            ),
        ),
    ),
    Family(
        name="engine_words",
        members=(
            at(
                "a",
                "TypeError: cart.totl is not a function",
                "TypeError: cart.totl is not a function\n    at pay (https://x.example/app.js:5:3)",
            ),
            at(
                "a",
                "TypeError: cart.totl is not a function",
                "pay@https://x.example/app.js:5:3\nrun@https://x.example/app.js:9:1",
            ),
            at(
                "b",
                "TypeError: cart.taxes is not a function",
                "pay@https://x.example/app.js:5:3\nrun@https://x.example/app.js:9:1",
            ),
            at(
                "c",
                "TypeError: undefined is not an object (evaluating 'cart.items')",
                "pay@https://x.example/app.js:5:3\n[native code]",
            ),
            at(
                "d",
                "TypeError: undefined is not an object (evaluating 'cart.owner')",
                "pay@https://x.example/app.js:5:3",
            ),
            at("e", "ReferenceError: Can't find variable: gtag", "pay@https://x.example/app.js:5:3"),
            at(
                "f",
                "TypeError: Cannot read properties of undefined (reading 'items')",
                "TypeError: Cannot read properties of undefined (reading 'items')\n    at pay (ht"
                "tps://x.example/app.js:5:3)",
            ),
            at(
                "g",
                "TypeError: Cannot read properties of undefined (reading 'owner')",
                "TypeError: Cannot read properties of undefined (reading 'owner')\n    at pay (ht"
                "tps://x.example/app.js:5:3)",
            ),
        ),
    ),
    Family(
        name="bundles",
        members=(
            at(
                "a",
                "Error: widget 7 broke",
                "Error: widget 7 broke\n    at render (https://cdn.example/assets/index-DkY2xK9a."
                "js:1:4231)\n    at vendor (https://cdn.example/assets/vendor-8a7b6c5d.js:1:1)",
            ),
            at(
                "a",
                "Error: widget 9 broke",
                "Error: widget 9 broke\n    at render (https://cdn.example/assets/index-B7x0Qz1L.js:1:4400)",
            ),
            at(
                "a",
                "Error: widget 9 broke",
                "render@https://cdn.example/v1.2.3/assets/index.77de01aa.js?v=12:1:4400",
            ),
            at(
                "a",
                "Error: widget 1 broke",
                "Error: widget 1 broke\n    at Object.render (webpack-internal:///./src/index.js:10:3)",
            ),
            at(
                "b",
                "Error: widget 7 broke",
                "Error: widget 7 broke\n    at paint (https://cdn.example/assets/index-DkY2xK9a.js:1:4231)",
            ),
            at(
                "c",
                "Error: widget 7 broke",
                "Error: widget 7 broke\n    at render (https://cdn.example/assets/admin-DkY2xK9a.js:1:4231)",
            ),
        ),
    ),
    Family(
        name="anonymous",
        members=(
            _node(
                "a",
                "TypeError",
                "Cannot read properties of null (reading 'id')",
                "{}/list.js:5:50",
                "Array.map (<anonymous>)",
                "List.show ({}/list.js:4:2)",
            ),
            _node(
                "a",
                "TypeError",
                "Cannot read properties of null (reading 'id')",
                "{}/list.js:15:50",
                "Array.forEach (<anonymous>)",
                "List.show ({}/list.js:14:2)",
                "boot ({}/x.js:1:1)",
            ),
            _node(
                "b",
                "TypeError",
                "Cannot read properties of null (reading 'id')",
                "{}/list.js:5:50",
                "Array.map (<anonymous>)",
                "List.hide ({}/list.js:9:2)",
            ),
        ),
    ),
    Family(
        name="rejections",
        members=(
            at(
                "a",
                "Uncaught (in promise) TypeError: bad plan 7",
                "TypeError: bad plan 7\n    at plan (https://x.example/p.js:3:3)",
            ),
            at(
                "a",
                "TypeError: bad plan 8",
                "TypeError: bad plan 8\n    at async plan (https://x.example/p.js:3:3)",
            ),
            at(
                "a",
                "Uncaught TypeError: bad plan 8",
                "TypeError: bad plan 8\n    at new plan (https://x.example/p.js:3:3)",
            ),
            at(
                "b",
                "TypeError: bad plan 8",
                "TypeError: bad plan 8\n    at unplan (https://x.example/p.js:3:3)",
            ),
        ),
    ),
)
