"""Read stacks of the JVM: Java, Kotlin, Scala."""

from __future__ import annotations

import re

from aat_reporters.signature._failure import Failure, Frame
from aat_reporters.signature._site import kept_ends
from aat_reporters.signature.stacks._lines import split_header
from aat_reporters.signature.stacks._wording import settle

__all__ = ["parse"]

_FRAME = re.compile(
    r"\s*at (?:[\w.$-]{0,100}(?:@[\w.+-]{1,60})?/){0,2}/?(?P<owner>[\w$.<>/-]{1,300})\.(?P<method"
    r">[\w$<>-]{1,200})"
    r"\((?:[\w$.+-]{1,200}(?::-?\d{1,9})?|Native Method|Unknown Source(?::\d{1,9})?|<generated>)\)"
)
_CAUSED = re.compile(r"\s*(?:Caused by|Wrapped by): (.*)")
_SUPPRESSED = re.compile(r"\s*Suppressed: ")
_MORE = re.compile(r"\s*\.\.\. \d{1,9} (?:more|common frames omitted)")
_LIBRARY = re.compile(
    r"(?:java|javax|jakarta|jdk|sun|com\.sun|kotlin|kotlinx|scala|groovy|clojure|akka|android"
    r"|androidx|dalvik|com\.android"
    r"|org\.(?:springframework|apache|hibernate|junit|eclipse|jboss|wildfly|glassfish|aspectj"
    r"|postgresql|slf4j|mockito|testng"
    r"|quartz|thymeleaf|codehaus|gradle|jetbrains\.exposed|mariadb|h2|flywaydb|jooq|mybatis"
    r"|elasticsearch|reactivestreams)"
    r"|io\.(?:netty|micronaut|quarkus|undertow|vertx|ktor|grpc|reactivex|smallrye|lettuce"
    r"|github\.resilience4j|micrometer)"
    r"|reactor|rx|com\.(?:fasterxml|google|zaxxer|mysql|mongodb|rabbitmq|amazonaws|squareup"
    r"|netflix|oracle|microsoft|datastax|sap|ibm|intellij)"
    r"|software\.amazon|okhttp3|retrofit2|ch\.qos|net\.bytebuddy|net\.sf|redis\.clients|play"
    r"|cats|zio|fs2|feign|graphql|lombok)\."
)
_GENERATED = re.compile(
    r"\$\$(?:Enhancer|FastClass|Lambda|SpringCGLIB|_\w+|\d+)[\w$/.]*|\$Proxy\d+"
    r"|(?:GeneratedMethodAccessor|GeneratedConstructorAccessor)\d+"
)
_NUMBERED = re.compile(r"\$\d+")
_LAMBDA = re.compile(
    r"lambda\$(?P<java>[\w-]+?)\$\d+\Z|\$?anonfun\$(?P<scala>[\w-]+?)\$\d+\Z"
    r"|access\$(?P<accessor>[A-Za-z_]\w*)\Z|(?P<kotlin>[\w-]+)\$lambda(?:[$-]\d+)+\Z|(?P<sync>[\w-]+)\$(?:default|suspendImpl)\Z"
)
_BODY = re.compile(r"(?:invoke|invokeSuspend|invokeStatic|doInvoke|call|doCall|apply|run)\Z")

#: Classes of functions without a name: Clojure's oven$fire$fn__12 and Groovy's Oven$_fire_closure1$_closure2.
_NAMELESS = re.compile(r"(?:fn|reify|eval)__\d{1,9}\Z|_closure\d{1,9}\Z")
_CLOSURE_OF = re.compile(r"_(?P<name>\w{1,200}?)_closure\d{1,9}\Z")


def parse(lines: list[str], error: str) -> Failure | None:
    """Read a stack and what each part was caused by; suppressed exceptions play no part."""
    blocks: list[tuple[list[str], list[Frame]]] = [([], [])]
    is_suppressed = False
    for line in lines:
        if cause := _CAUSED.match(line):
            if line[:1] in (" ", "\t") and is_suppressed:
                continue
            is_suppressed = False
            blocks.append(([cause[1]], []))
        elif _SUPPRESSED.match(line):
            is_suppressed = True
        elif is_suppressed or _MORE.match(line):
            continue
        elif found := _FRAME.match(line):
            blocks[-1][1].append(_frame(found["owner"], found["method"]))
        elif line.strip() and not blocks[-1][1]:
            blocks[-1][0].append(line.strip())
    if not any(frames for _, frames in blocks):
        return None
    failure: Failure | None = None
    for said, frames in reversed(blocks):
        kind, message = split_header(said)
        kept = tuple(reversed(kept_ends(list(reversed(frames)))))
        failure = Failure(type=kind, message=message, frames=kept, cause=failure)
    if failure is None:
        return None
    kind, message = settle(error, kind=failure.type, said=failure.message)
    message = "" if message == "null" else message
    return Failure(type=kind, message=message, frames=failure.frames, cause=failure.cause)


def _frame(owner: str, method: str) -> Frame:
    cleaned = _GENERATED.sub("", owner)
    lambda_of = _LAMBDA.match(method)
    if lambda_of:
        method = next(name for name in lambda_of.groups() if name)
    outer, *inner = _NUMBERED.sub("", cleaned).split("$")
    parts = [outer, *(part for part in inner if not _NAMELESS.match(part))]
    if _BODY.match(method) and len(parts) > 1:
        method = _function_of(parts, method)
    if len(parts) > 1 and parts[-1] == "Companion":
        parts.pop()
    return Frame(
        module="$".join(parts),
        function=method,
        is_in_app=not _LIBRARY.match(cleaned)
        and not (cleaned != owner and _GENERATED.search(owner) is not None and "Proxy" in owner),
    )


def _function_of(parts: list[str], method: str) -> str:
    """Take the function off a class made of its body: Cart$total$1.invokeSuspend is in Cart.total."""
    if closure := _CLOSURE_OF.match(parts[-1]):
        parts.pop()
        return closure["name"]
    return parts.pop() if parts[-1][:1].islower() else method
