"""Forms that a second measurement on families of somebody else had shown: Mono, Node's printed errors,
parsers that quote their source, images and addresses without a scheme, quotes of other languages.
"""

from __future__ import annotations

from tests.unit.signature.families import Family, Member, at, said

__all__ = ["FAMILIES"]

_END = "  --- End of inner exception stack trace ---"


def _mono(label: str, header: str, *frames: str) -> Member:
    lines = [frame if frame.startswith("  --") else f"  at {frame} " for frame in frames]
    return at(label, header, "\n".join([header, *lines]))


def _node(label: str, header: str, *lines: str, error: str = "") -> Member:
    return at(label, error or header, "\n".join([header, *lines]))


def _java(label: str, message: str, place: str, line: int = 7) -> Member:
    header = f"java.lang.IllegalStateException: {message}"
    return at(label, header, f"{header}\n\tat {place}(Rig.java:{line})\n\tat sail.Main.main(Main.java:4)")


def _ruby(label: str, message: str, method: str, line: int = 5) -> Member:
    stack = (
        f"/srv/quay/berth.rb:{line}:in `{method}': {message} (ArgumentError)\n\tfrom main.rb:2:in `<main>'"
    )
    return at(label, message, stack)


def _elixir(label: str, kind: str, message: str, *places: str) -> Member:
    header = f"** ({kind}) {message}"
    return at(label, header, "\n".join([header, *(f"    {place}" for place in places)]))


def _python(label: str, message: str, function: str, statement: str = "raise problem") -> Member:
    kind = "mill.sieve.Clogged"
    frame = f'  File "/srv/mill/sieve.py", line 8, in {function}\n    {statement}'
    header = f"{kind}: {message}"
    return at(label, header, f"Traceback (most recent call last):\n{frame}\n{header}\n")


_MONO: tuple[Family, ...] = (
    Family(
        name="mono_methods",
        members=(
            _mono(
                "a",
                "Ferry.Overbooked: deck 3 holds 40",
                "Ferry.Deck.Board (System.Int32 n) [0x0001f] in /srv/ferry/Deck.cs:12",
                "Ferry.Program.Main (System.String[] args) [0x00008] in /srv/ferry/Program.cs:5",
            ),
            _mono(
                "a",
                "Ferry.Overbooked: deck 11 holds 8",
                "Ferry.Deck.Board (System.Int32 n) [0x0002c] in /opt/ferry-2/Deck.cs:22",
                "(wrapper remoting-invoke-with-check) Ferry.Deck.Board (int)",
            ),
            _mono(
                "a",
                "Ferry.Overbooked: deck 11 holds 8",
                "Ferry.Deck.Board (System.Int32 n) [0x0002c] in <d22af090bceb4be792f53595cf074724>:0",
            ),
            _mono(
                "b",
                "Ferry.Overbooked: deck 3 holds 40",
                "Ferry.Deck.Load (System.Int32 n) [0x0001f] in /srv/ferry/Deck.cs:19",
            ),
            _mono(
                "c",
                "Ferry.Overbooked: deck 3 holds 40",
                "Ferry.Hold.Board (System.Int32 n) [0x0001f] in /srv/ferry/Deck.cs:31",
            ),
        ),
    ),
    Family(
        name="mono_bodies",
        members=(
            _mono(
                "a",
                "System.InvalidOperationException: berth 7 taken",
                "Quay.Program+<Moor>c__AnonStorey0.<>m__0 (System.String s) [0x0000c] in /q/Quay.cs:14",
                "Quay.Program.Moor (System.String s) [0x00029] in /q/Quay.cs:14",
            ),
            _mono(
                "a",
                "System.InvalidOperationException: berth 8 taken",
                "Quay.Program.<Moor>m__2 (System.String s) [0x0000c] in /q/Quay.cs:24",
            ),
            _mono(
                "a",
                "System.InvalidOperationException: berth 9 taken",
                "Quay.Program+<Moor>c__async1.MoveNext () [0x0000c] in /q/Quay.cs:24",
            ),
            _mono(
                "b",
                "System.InvalidOperationException: berth 9 taken",
                "Quay.Program+<Cast>c__Iterator0.MoveNext () [0x0000c] in /q/Quay.cs:44",
            ),
        ),
    ),
    Family(
        name="mono_inner_in_a_line",
        members=(
            _mono(
                "a",
                "Rope.Fray: splice 7 failed ---> Rope.Knot: knot 3 up ---> System.IO.IOException: Disk full",
                "System.IO.FileStream.Write (System.Byte[] b) [0x00001] in <12b418a7818c4ca0893f>:0",
                "Rope.Store.Put (System.Int32 n) [0x00001] in /r/Store.cs:9",
                _END,
                "Rope.Yard.Tie (System.Int32 n) [0x00001] in /r/Yard.cs:9",
                _END,
                "Rope.Yard.Splice (System.Int32 n) [0x00001] in /r/Yard.cs:19",
            ),
            _mono(
                "a",
                "Rope.Fray: splice 80 failed ---> Rope.Knot: knot 1 up ---> System.IO.IOException: Disk full",
                "Rope.Store.Put (System.Int32 n) [0x00001] in /r/Store.cs:29",
                _END,
                "Rope.Yard.Tie (System.Int32 n) [0x00001] in /r/Yard.cs:29",
                _END,
                "Rope.Yard.Splice (System.Int32 n) [0x00001] in /r/Yard.cs:39",
            ),
            _mono(
                "b",
                "Rope.Fray: splice 7 failed ---> Rope.Knot: knot 3 up ---> System.TimeoutException: Slow",
                "Rope.Store.Put (System.Int32 n) [0x00001] in /r/Store.cs:9",
                _END,
                "Rope.Yard.Tie (System.Int32 n) [0x00001] in /r/Yard.cs:9",
                _END,
                "Rope.Yard.Splice (System.Int32 n) [0x00001] in /r/Yard.cs:19",
            ),
            _mono(
                "c",
                "Rope.Fray: splice 7 failed",
                "Rope.Yard.Splice (System.Int32 n) [0x00001] in /r/Yard.cs:19",
            ),
        ),
    ),
    Family(
        name="net_inner_in_german",
        members=(
            at(
                "a",
                "",
                "Werft.Fehler: Auftrag 7 fehlgeschlagen ---> System.TimeoutException: Keine Antwort\n"
                "   bei Werft.Lager.Lies(Int32 n) in C:\\w\\Lager.cs:Zeile 9.\n"
                "   --- Ende der internen Ausnahmestapelüberwachung ---\n"
                "   bei Werft.Halle.Bau(Int32 n) in C:\\w\\Halle.cs:Zeile 19.",
            ),
            at(
                "a",
                "",
                "Werft.Fehler: Auftrag 12 fehlgeschlagen ---> System.TimeoutException: Keine Antwort\n"
                "   bei Werft.Lager.Lies(Int32 n) in D:\\x\\Lager.cs:Zeile 19.\n"
                "   --- Ende der internen Ausnahmestapelüberwachung ---\n"
                "   bei Werft.Halle.Bau(Int32 n) in D:\\x\\Halle.cs:Zeile 29.",
            ),
            at(
                "b",
                "",
                "Werft.Fehler: Auftrag 7 fehlgeschlagen ---> System.TimeoutException: Keine Antwort\n"
                "   bei Werft.Lager.Lies(Int32 n) in C:\\w\\Lager.cs:Zeile 9.\n"
                "   --- Ende der internen Ausnahmestapelüberwachung ---\n"
                "   bei Werft.Halle.Abbau(Int32 n) in C:\\w\\Halle.cs:Zeile 39.",
            ),
        ),
    ),
)

_JS: tuple[Family, ...] = (
    Family(
        name="node_properties_behind_the_last_frame",
        members=(
            _node(
                "a",
                "Error: ENOENT: no such file or directory, open '/data/7.csv'",
                "    at async open (node:internal/fs/promises:639:25)",
                "    at async load (/srv/mill/load.js:3:13) {",
                "  errno: -2,",
                "  code: 'ENOENT',",
                "  path: '/data/7.csv'",
                "}",
            ),
            _node(
                "a",
                "Error: ENOENT: no such file or directory, open '/data/9.csv'",
                "    at async open (node:internal/fs/promises:639:25)",
                "    at async load (/opt/mill-2/load.js:13:13)",
                "    at async main (/opt/mill-2/main.js:1:1) {",
                "  errno: -2,",
                "  code: 'ENOENT'",
                "}",
            ),
            _node(
                "b",
                "Error: ENOENT: no such file or directory, open '/data/7.csv'",
                "    at async open (node:internal/fs/promises:639:25)",
                "    at async store (/srv/mill/load.js:9:13) {",
                "  errno: -2,",
                "  code: 'ENOENT'",
                "}",
            ),
            _node(
                "c",
                "Error: EACCES: permission denied, open '/data/7.csv'",
                "    at async open (node:internal/fs/promises:639:25)",
                "    at async load (/srv/mill/load.js:3:13) {",
                "  errno: -13,",
                "  code: 'EACCES'",
                "}",
            ),
        ),
    ),
    Family(
        name="node_cause_with_properties",
        members=(
            _node(
                "a",
                "TypeError: fetch failed",
                "    at node:internal/deps/undici/undici:12618:11",
                "    at async Rates.load (/srv/fx/rates.js:8:9) {",
                "  [cause]: Error: getaddrinfo ENOTFOUND rates.example.com",
                "      at GetAddrInfoReqWrap.onlookup (node:dns:107:26) {",
                "    errno: -3008,",
                "    code: 'ENOTFOUND',",
                "    hostname: 'rates.example.com'",
                "  }",
                "}",
            ),
            _node(
                "a",
                "TypeError: fetch failed",
                "    at node:internal/deps/undici/undici:13502:13",
                "    at async Rates.load (/opt/fx/rates.js:18:9)",
                "    at async main (/opt/fx/main.js:2:1) {",
                "  [cause]: Error: getaddrinfo ENOTFOUND fx.example.net",
                "      at GetAddrInfoReqWrap.onlookup (node:dns:107:26) {",
                "    errno: -3008,",
                "    code: 'ENOTFOUND'",
                "  }",
                "}",
            ),
            _node(
                "b",
                "TypeError: fetch failed",
                "    at node:internal/deps/undici/undici:12618:11",
                "    at async Rates.load (/srv/fx/rates.js:8:9) {",
                "  [cause]: Error: read ECONNRESET",
                "      at TCP.onStreamRead (node:internal/stream_base_commons:217:20) {",
                "    errno: -104,",
                "    code: 'ECONNRESET'",
                "  }",
                "}",
            ),
            _node(
                "c",
                "TypeError: fetch failed",
                "    at node:internal/deps/undici/undici:12618:11",
                "    at async Rates.store (/srv/fx/rates.js:28:9) {",
                "  [cause]: Error: getaddrinfo ENOTFOUND rates.example.com",
                "      at GetAddrInfoReqWrap.onlookup (node:dns:107:26) {",
                "    errno: -3008,",
                "    code: 'ENOTFOUND'",
                "  }",
                "}",
            ),
        ),
    ),
    Family(
        name="esm_exports",
        members=(
            _node("a", "Error: oar 3 lost", "    at Module.row (file:///srv/gig/row.mjs:3:9)"),
            _node("a", "Error: oar 4 lost", "    at row (file:///opt/gig/row.mjs?v=3:13:9)"),
            _node("a", "Error: oar J. Ö lost", "    at async Module.row (file:///srv/gig/row.mjs:3:9)"),
            _node("b", "Error: oar 3 lost", "    at Module.default (file:///srv/gig/row.mjs:9:9)"),
            _node("c", "Error: oar 3 lost", "    at Module.row (file:///srv/gig/skiff.mjs:3:9)"),
        ),
    ),
    Family(
        name="node_quotes_in_quotes",
        members=(
            _node("a", 'Error: page "Q3" of 7 torn', "    at turn (/srv/bind/a.js:3:9)"),
            _node("a", 'Error: page "the "big" one" of 7 torn', "    at turn (/srv/bind/a.js:3:9)"),
            _node("a", 'Error: page "" of 9 torn', "    at turn (/srv/bind/a.js:13:9)"),
            _node("b", 'Error: page "Q3" of 7 blank', "    at turn (/srv/bind/a.js:4:9)"),
        ),
    ),
)

_LABELS: tuple[Family, ...] = (
    Family(
        name="labels_of_values_java",
        members=(
            _java("a", "latitude 91.0 is off the chart", "sail.Rig$Fix.<init>"),
            _java("a", "latitude -123 is off the chart", "sail.Rig$Fix.<init>", 17),
            _java("b", "longitude 181.0 is off the chart", "sail.Rig$Fix.<init>", 8),
            _java("c", "latitude 91.0 is off the chart", "sail.Rig$Mark.<init>"),
        ),
    ),
    Family(
        name="labels_of_things_java",
        members=(
            _java("a", "halyard 7 jammed", "sail.Rig.hoist"),
            _java("a", "halyard B jammed", "sail.Rig.hoist", 17),
            _java("a", "halyard port-2 jammed", "sail.Rig.hoist", 17),
            _java("b", "topsail 7 jammed", "sail.Rig.hoist", 9),
            _java("c", "halyard 7 jammed", "sail.Rig.lower", 9),
        ),
    ),
    Family(
        name="quantities_java",
        members=(
            _java("a", "torque of 40 Nm exceeds 30 Nm", "sail.Rig.turn"),
            _java("a", "torque of 7.5 Nm exceeds 30 Nm", "sail.Rig.turn"),
            _java("b", "jitter of 40 ms exceeds 30 ms", "sail.Rig.turn"),
        ),
    ),
    Family(
        name="letters_are_names_ruby",
        members=(
            _ruby("a", "ann cannot dock before 7", "dock"),
            _ruby("a", "k cannot dock before 12", "dock"),
            _ruby("a", "J. Ö cannot dock before 12", "dock", 15),
            _ruby("b", "x cannot leave before 12", "dock"),
            _ruby("c", "k cannot dock before 12", "leave"),
        ),
    ),
)

_DETAILS: tuple[Family, ...] = (
    Family(
        name="details_line_by_line",
        members=(
            _python("a", "sieve 7 clogged\n  mesh 1: 10 g", "shake"),
            _python("a", "sieve 8 clogged\n  mesh 1: 10 g\n  mesh 2: 7 g", "shake"),
            _python(
                "a", "sieve 9 clogged\n  mesh A: 1 g\n  mesh B: 2 g\n  mesh C: 3 g\n  mesh D: 4 g", "shake"
            ),
            _python("b", "sieve 7 clogged\n  belt 1: torn\n  belt 2: torn", "shake"),
            _python("c", "sieve 8 clogged\n  mesh 1: 10 g\n  mesh 2: 7 g", "rinse"),
        ),
    ),
    Family(
        name="quoted_source_yaml",
        members=(
            said(
                "a",
                'mapping values are not allowed here\n in "a.yml", line 1, column 5:\n    a: b: c\n     ^',
            ),
            said(
                "a",
                'mapping values are not allowed here\n  in "b.yml", line 14, column 15:\n'
                "    title: Part 1: the wolf\n                 ^",
            ),
            said("b", 'could not find expected key\n  in "a.yml", line 1, column 5:\n    a: b: c\n     ^'),
        ),
    ),
    Family(
        name="quoted_source_toml",
        members=(
            said("a", "TOML parse error at line 1, column 5\n  |\n1 | a = = 3\n  |     ^\ninvalid string"),
            said(
                "a",
                "TOML parse error at line 12, column 9\n   |\n12 | wolf = [\n   |        ^^^\ninvalid string",
            ),
            said("b", "TOML parse error at line 1, column 5\n  |\n1 | a = = 3\n  |     ^\nduplicate key"),
        ),
    ),
    Family(
        name="quoted_source_sql",
        members=(
            said("a", 'ERROR: syntax error at or near "FRM"\nLINE 1: SELECT a FRM t\n                 ^'),
            said(
                "a",
                'ERROR: syntax error at or near "WHRE"\nLINE 3: SELECT max(x) FROM jobs WHRE y\n        ^',
            ),
            said("b", "ERROR: division by zero\nLINE 1: SELECT a FRM t\n                 ^"),
        ),
    ),
    Family(
        name="quoted_source_json",
        members=(
            said(
                "a",
                "Parse error on line 2:\n..., \"wolf\": [1,  }\n------------^\nExpecting 'STRING', got '}'",
            ),
            said("a", "Parse error on line 31:\n{ a: ]\n-----^\nExpecting 'NUMBER', got ']'"),
            said("b", "Lexical error on line 2. Unrecognized text.\n{ a: ]\n-----^"),
        ),
    ),
)

_TEXTS: tuple[Family, ...] = (
    Family(
        name="images_and_addresses_without_scheme",
        members=(
            said(
                "a",
                "pull of registry.example.com/shop/cart:2026.11.3-rc1 failed: manifest unknown",
                file="d.go",
            ),
            said(
                "a",
                f"pull of registry.example.com/cart@sha256:{'9e107d9d' * 8} failed: manifest unknown",
                file="d.go",
            ),
            said("a", "pull of registry.example.com:5000/cart:latest failed: manifest unknown", file="d.go"),
            said(
                "b",
                "push of registry.example.com/shop/cart:2026.11.3-rc1 failed: manifest unknown",
                file="d.go",
            ),
            said("c", "no answer from api.example.com/orders/ann?full=1 after 3 s", file="d.go"),
            said("c", "no answer from api.example.com/carts/bo after 30 s", file="d.go"),
            said("c", "no answer from api.example.com after 30 s", file="d.go"),
        ),
    ),
    Family(
        name="quotes_german",
        members=(
            said("a", "Datei »/var/ein/7.csv« von „Jürgen Groß“ nicht lesbar", file="e.sh"),
            said("a", "Datei »C:\\ein\\7.csv« von „Eva“ nicht lesbar", file="e.sh"),
            said("b", "Datei »/var/ein/7.csv« von „Eva“ nicht schreibbar", file="e.sh"),
        ),
    ),
    Family(
        name="quotes_east_asian",
        members=(
            said("a", "利用者「田中 花子」の登録に失敗しました", file="r.php"),
            said("a", "利用者「O'Hara, Kim」の登録に失敗しました", file="r.php"),
            said("b", "利用者「田中 花子」の削除に失敗しました", file="r.php"),
            said("c", "无法打开《红楼梦》:没有权限", file="r.php"),
            said("c", "无法打开《C 语言》:没有权限", file="r.php"),
            said("d", "无法删除《C 语言》:没有权限", file="r.php"),
        ),
    ),
    Family(
        name="elixir_arguments",
        members=(
            _elixir(
                "a",
                "FunctionClauseError",
                "no function clause matching in Yard.Crew.pay/1",
                'lib/crew.ex:9: Yard.Crew.pay(%{name: "ann", wage: {:eur, 7}})',
                "lib/yard.ex:3: Yard.main/0",
            ),
            _elixir(
                "a",
                "FunctionClauseError",
                "no function clause matching in Yard.Crew.pay/1",
                "lib/crew.ex:19: Yard.Crew.pay(nil)",
            ),
            _elixir(
                "b",
                "FunctionClauseError",
                "no function clause matching in Yard.Crew.hire/1",
                "lib/crew.ex:29: Yard.Crew.hire(nil)",
            ),
            _elixir(
                "c",
                "ArithmeticError",
                "bad argument in arithmetic expression",
                ':erlang.+("7", 1)',
                "lib/crew.ex:39: Yard.Crew.add/2",
            ),
            _elixir(
                "c",
                "ArithmeticError",
                "bad argument in arithmetic expression",
                ":erlang.+(nil, 12)",
                "lib/crew.ex:49: Yard.Crew.add/2",
            ),
        ),
    ),
)


def _stack(label: str, message: str, *frames: str, kind: str = "java.lang.IllegalStateException") -> Member:
    header = f"{kind}: {message}"
    return at(label, header, "\n".join([header, *frames]))


_BODIES: tuple[Family, ...] = (
    Family(
        name="unity_methods",
        members=(
            _stack(
                "a",
                "sail 7 is torn",
                "Boat.Sail (System.Int32 n) (at Assets/Scripts/Boat.cs:12)",
                "Boat.Update () (at Assets/Scripts/Boat.cs:5)",
                kind="Torn",
            ),
            _stack(
                "a",
                "sail 8 is torn",
                "UnityEngine.Object.Instantiate (UnityEngine.Object original) (at <d22af090>:0)",
                "Boat:Sail(Int32) (at Assets/Scripts/Boat.cs:22)",
                "Boat:Start() (at Assets/Scripts/Boat.cs:5)",
                kind="Torn",
            ),
            _stack("b", "sail 8 is torn", "Boat.Row () (at Assets/Scripts/Boat.cs:32)", kind="Torn"),
            _stack("c", "sail 8 is torn", "Raft.Sail () (at Assets/Scripts/Boat.cs:42)", kind="Torn"),
        ),
    ),
    Family(
        name="kotlin_accessors",
        members=(
            _stack("a", "tray 7 jammed", "\tat kiln.Oven.fire(Oven.kt:7)"),
            _stack("a", "tray 8 jammed", "\tat kiln.Oven.access$fire(Oven.kt:1)"),
            _stack("a", "tray 9 jammed", "\tat kiln.Oven$fire$2.invokeSuspend(Oven.kt:17)"),
            _stack("b", "tray 9 jammed", "\tat kiln.Oven.access$cool(Oven.kt:1)"),
        ),
    ),
    Family(
        name="groovy_closures",
        members=(
            _stack("a", "hoop 7 split", "\tat keg.Cooper.bend(Cooper.groovy:7)"),
            _stack("a", "hoop 8 split", "\tat keg.Cooper$_bend_closure1.doCall(Cooper.groovy:17)"),
            _stack("a", "hoop 9 split", "\tat keg.Cooper$_bend_closure1$_closure2.doCall(Cooper.groovy:17)"),
            _stack("b", "hoop 9 split", "\tat keg.Cooper$_char_closure1.doCall(Cooper.groovy:27)"),
            _stack("c", "hoop 9 split", "\tat keg.Barrel$_bend_closure1.doCall(Barrel.groovy:27)"),
        ),
    ),
    Family(
        name="clojure_functions",
        members=(
            _stack("a", "vat 7 sour", "\tat brew.vat$fill.invokeStatic(vat.clj:7)"),
            _stack("a", "vat 8 sour", "\tat brew.vat$fill$fn__1234.invoke(vat.clj:17)"),
            _stack("a", "vat 9 sour", "\tat brew.vat$fill$fn__87$fn__91.doInvoke(vat.clj:17)"),
            _stack("b", "vat 9 sour", "\tat brew.vat$drain.invokeStatic(vat.clj:27)"),
            _stack("c", "vat 9 sour", "\tat brew.keg$fill.invokeStatic(keg.clj:27)"),
        ),
    ),
    Family(
        name="net_aggregate_in_a_line",
        members=tuple(
            _stack(
                label,
                f"One or more errors occurred. ---> Loom.Snag: thread {number} snapped",
                f"   at Loom.Frame.{method}(Int32 n) in c:\\l\\Frame.cs:line {number}",
                _END,
                "   at System.Threading.Tasks.Task.Wait()",
                f"   at Loom.Program.Run() in c:\\l\\Program.cs:line {number}",
                f"---> (Inner Exception #0) Loom.Snag: thread {number} snapped",
                f"   at Loom.Frame.{method}(Int32 n) in c:\\l\\Frame.cs:line {number}<---",
                kind="System.AggregateException",
            )
            for label, number, method in (("a", 7, "Weave"), ("a", 12, "Weave"), ("b", 7, "Wind"))
        ),
    ),
)

FAMILIES: tuple[Family, ...] = (*_BODIES, *_MONO, *_JS, *_LABELS, *_DETAILS, *_TEXTS)
