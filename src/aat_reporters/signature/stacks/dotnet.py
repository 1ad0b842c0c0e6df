"""Read .NET stacks: C#, F# and Visual Basic."""

from __future__ import annotations

import re
from collections.abc import Iterator

from aat_reporters.signature._failure import Failure, Frame
from aat_reporters.signature._site import kept_ends
from aat_reporters.signature.stacks._lines import split_header
from aat_reporters.signature.stacks._wording import settle

__all__ = ["parse"]

_FRAME = re.compile(
    r"\s*(?:at|bei|à|в|en) (?:\(wrapper [\w-]{1,40}\) )?(?P<method>[\w.<>`+|$@\[\],*&-]{1,400}?\.[\w<>"
    r"|`$.\[\],~-]{1,300}?)(?:\[[^\]]{0,200}\])? ?\((?P<args>[^\n]{0,800}?)\)"
    r"(?: \[0x[\da-f]{1,8}\])?"
    r"(?: in (?P<file>[^\n]{1,500}?):(?:(?:line|Zeile|ligne|línea|строка) )?\d{1,9}\.?)?\s*\Z"
)
#: Unity: Boat.Sail (System.Int32 n) (at Assets/Boat.cs:12), and Boat:Sail(Int32) (at ...) of a log call.
_UNITY = re.compile(
    r"\s*(?P<method>[\w.<>`+|]{1,400}[.:][\w<>|`]{1,200}) ?\([^()\n]{0,800}\)"
    r" \(at [^\n]{1,500}:\d{1,9}\)\s*\Z"
)
_INNER = re.compile(r"\s*---> (?:\(Inner Exception #\d+\) )?(.*)")
#: Mono and the .NET Framework write inner exceptions behind the outer one's message, in the same line.
_ARROW = " ---> "
_INNER_END = re.compile(
    r"\s*--- (?:End of inner exception stack trace|Ende der internen Ausnahme"
    r"|Fin de la trace de la pile d.exception interne|Fin del seguimiento de la pila de la excepción interna"
    r"|Конец трассировки внутреннего стека исключений)"
)
_ADDED = re.compile(r"\s*---")
_ASYNC = re.compile(r"[.+]<(?P<name>[\w.]+)>d__\d+(?:`\d+)?\.MoveNext\Z")
_LOCAL = re.compile(r"<(?P<outer>[\w.]+)>g__(?P<local>\w+)\|[\d_]+")
_LAMBDA = re.compile(r"(?:[.+]<>c(?:__DisplayClass[\d_]+)?(?:`\d+)?)?\.<(?P<name>[\w.]*)>b__[\d_]+")
_DISPLAY = re.compile(r"[.+]<>c(?:__DisplayClass[\d_]+)?(?:`\d+)?")
#: The same of Mono's compiler: <All>c__AnonStorey0.<>m__0, <Main>m__0, <Fetch>c__async0.MoveNext.
_MONO_BODY = re.compile(
    r"[.+]<(?P<name>[\w.]{1,200})>(?:(?:c__[^.+]{1,60}[.+](?:<[\w.]{1,200}>)?){1,4}(?:<>m__\w+|MoveNext)|m__\w+)\Z"
)
_GENERIC = re.compile(r"`\d+|\[[^\]]{0,200}\]")
_LIBRARY = re.compile(
    r"(?:System|Microsoft|UnityEngine|UnityEditor|Newtonsoft|Npgsql|MySql|MongoDB|StackExchange|Dapper|MediatR|Polly"
    r"|Serilog|NLog|Grpc|Azure|Amazon|Google|Xunit|NUnit|Castle|Autofac|AutoMapper"
    r"|FluentValidation|Hangfire|Quartz|MassTransit|RabbitMQ|NHibernate|RestSharp|Refit|FSharp"
    r"|Swashbuckle)\."
)


def parse(lines: list[str], error: str) -> Failure | None:
    """Read a stack. Inner exceptions' frames stand before those of the outer one."""
    if any(_INNER_END.match(line) for line in lines):
        lines = list(_on_own_lines(lines))
        error = error.partition(_ARROW)[0]
    headers: list[list[str]] = [[]]
    methods: list[list[str]] = [[]]
    open_blocks = [0]
    for line in lines:
        if found := _INNER.match(line):
            headers.append([found[1]])
            methods.append([])
            open_blocks.append(len(headers) - 1)
        elif _INNER_END.match(line):
            if len(open_blocks) > 1:
                open_blocks.pop()
        elif found := _FRAME.match(line) or _UNITY.match(line):
            methods[open_blocks[-1]].append(found["method"])
        elif line.strip() and not methods[open_blocks[-1]] and not _ADDED.match(line):
            headers[open_blocks[-1]].append(line.strip())
    if not any(methods):
        return None
    failure: Failure | None = None
    for said, own in zip(reversed(headers), reversed(methods), strict=True):
        kind, message = split_header(said)
        kept = tuple([_frame(method) for method in reversed(kept_ends(own[::-1]))])
        failure = Failure(type=kind, message=message, frames=kept, cause=failure)
    if failure is None:
        return None
    kind, message = settle(error, kind=failure.type, said=failure.message)
    return Failure(type=kind, message=message, frames=failure.frames, cause=failure.cause)


def _on_own_lines(lines: list[str]) -> Iterator[str]:
    """Give each inner exception that stands behind another one's message a line of its own."""
    for line in lines:
        if _ARROW not in line or _FRAME.match(line):
            yield line
            continue
        first, *inner = line.split(_ARROW)
        if first.strip():
            yield first
        for said in inner:
            yield _ARROW + said


def _frame(method: str) -> Frame:
    name = _ASYNC.sub(r".\g<name>", method)
    name = _MONO_BODY.sub(r".\g<name>", name)
    name = _LAMBDA.sub(r".\g<name>", name)
    name = _LOCAL.sub(r"\g<outer>.\g<local>", name)
    name = _GENERIC.sub("", _DISPLAY.sub("", name)).replace("+", ".").replace(":", ".")
    return Frame(module="", function=name, is_in_app=not _LIBRARY.match(name))
