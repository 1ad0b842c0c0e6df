"""Read .NET stacks: C#, F# and Visual Basic."""

from __future__ import annotations

import re

from aat_reporters.signature._failure import Failure, Frame
from aat_reporters.signature._site import kept_ends
from aat_reporters.signature.stacks._lines import split_header
from aat_reporters.signature.stacks._wording import settle

__all__ = ["parse"]

_FRAME = re.compile(
    r"\s*(?:at|bei|à|в|en) (?P<method>[\w.<>`+|$@\[\],*&-]{1,400}?\.[\w<>"
    r"|`$.\[\],~-]{1,300}?)(?:\[[^\]]{0,200}\])? ?\((?P<args>[^\n]{0,800}?)\)(?: in (?P<file>[^\n"
    r"]{1,500}?):(?:line|Zeile|ligne|línea|строка) \d{1,9}\.?)?\s*\Z"
)
_INNER = re.compile(r"\s*---> (?:\(Inner Exception #\d+\) )?(.*)")
_INNER_END = re.compile(r"\s*--- End of inner exception stack trace ---")
_ADDED = re.compile(r"\s*---")
_ASYNC = re.compile(r"[.+]<(?P<name>[\w.]+)>d__\d+(?:`\d+)?\.MoveNext\Z")
_LOCAL = re.compile(r"<(?P<outer>[\w.]+)>g__(?P<local>\w+)\|[\d_]+")
_LAMBDA = re.compile(r"(?:[.+]<>c(?:__DisplayClass[\d_]+)?(?:`\d+)?)?\.<(?P<name>[\w.]*)>b__[\d_]+")
_DISPLAY = re.compile(r"[.+]<>c(?:__DisplayClass[\d_]+)?(?:`\d+)?")
_GENERIC = re.compile(r"`\d+|\[[^\]]{0,200}\]")
_LIBRARY = re.compile(
    r"(?:System|Microsoft|Newtonsoft|Npgsql|MySql|MongoDB|StackExchange|Dapper|MediatR|Polly"
    r"|Serilog|NLog|Grpc|Azure|Amazon|Google|Xunit|NUnit|Castle|Autofac|AutoMapper"
    r"|FluentValidation|Hangfire|Quartz|MassTransit|RabbitMQ|NHibernate|RestSharp|Refit|FSharp"
    r"|Swashbuckle)\."
)


def parse(lines: list[str], error: str) -> Failure | None:
    """Read a stack. Inner exceptions' frames stand before those of the outer one."""
    headers: list[list[str]] = [[]]
    frames: list[list[Frame]] = [[]]
    open_blocks = [0]
    for line in lines:
        if found := _INNER.match(line):
            headers.append([found[1]])
            frames.append([])
            open_blocks.append(len(headers) - 1)
        elif _INNER_END.match(line):
            if len(open_blocks) > 1:
                open_blocks.pop()
        elif found := _FRAME.match(line):
            frames[open_blocks[-1]].append(_frame(found["method"]))
        elif line.strip() and not frames[open_blocks[-1]] and not _ADDED.match(line):
            headers[open_blocks[-1]].append(line.strip())
    if not any(frames):
        return None
    failure: Failure | None = None
    for said, own in zip(reversed(headers), reversed(frames), strict=True):
        kind, message = split_header(said)
        kept = tuple(reversed(kept_ends(list(reversed(own)))))
        failure = Failure(type=kind, message=message, frames=kept, cause=failure)
    if failure is None:
        return None
    kind, message = settle(error, kind=failure.type, said=failure.message)
    return Failure(type=kind, message=message, frames=failure.frames, cause=failure.cause)


def _frame(method: str) -> Frame:
    name = _ASYNC.sub(r".\g<name>", method)
    name = _LAMBDA.sub(r".\g<name>", name)
    name = _LOCAL.sub(r"\g<outer>.\g<local>", name)
    name = _GENERIC.sub("", _DISPLAY.sub("", name)).replace("+", ".")
    return Frame(module="", function=name, is_in_app=not _LIBRARY.match(name))
