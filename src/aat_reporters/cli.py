"""Report errors from a shell: ``aat-report send``, ``test`` and ``signature``."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from aat_reporters.connection import CONNECTION_VARIABLES
from aat_reporters.errors import AatError, ReportError, SettingsError
from aat_reporters.settings import ReporterSettings

if TYPE_CHECKING:
    from aat_reporters.counters import Stats
    from aat_reporters.messages import Outcome

__all__ = ["EXIT_FAILED", "EXIT_INTERRUPTED", "EXIT_OK", "EXIT_USAGE", "main"]

#: Done; for ``send``, the stream holds the report, new or known.
EXIT_OK = 0

#: Not done: no server, no stream, or a refusal; one line on stderr says which.
EXIT_FAILED = 1

#: Called wrongly: a flag, a setting, or a report that cannot be used.
EXIT_USAGE = 2

#: Ctrl-C.
EXIT_INTERRUPTED = 130

#: Seconds to wait for a connection; a person waits.
CONNECT_TIMEOUT = 0.6

#: Characters of a message id; the server holds every id in memory.
MAX_ID_CHARACTERS = 255

#: Bytes read from standard input; more is refused by size.
MAX_INPUT_BYTES = 16 * 1024 * 1024

_EXAMPLES = """examples:
  aat-report send --error "BackupError: disk full" --file backup.sh --line 12
  aat-report send < report.json
  python job.py 2>&1 >/dev/null | aat-report send --environment production
  aat-report test
  aat-report signature --explain < report.json
  aat-report signature --explain monday.json tuesday.json

exit codes: 0 done, 1 no server, no stream or refused, 2 wrong use or report, 130 interrupted
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        arguments: without the program's name; those of the process where None.

    Returns:
        One of the exit codes above.
    """
    options = _parser().parse_args(arguments)
    try:
        code: int = options.run(options)
    except (SettingsError, ReportError) as exc:
        _complain(options, exc, EXIT_USAGE)
        return EXIT_USAGE
    except AatError as exc:
        _complain(options, exc, EXIT_FAILED)
        return EXIT_FAILED
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        # Whoever read has left; python would complain again while closing stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_FAILED
    return code


def send(options: argparse.Namespace) -> int:
    """Publish one report and wait for the acknowledgement."""
    from aat_reporters.shell_report import finished, from_flags, from_text

    settings = _settings(options)
    if options.id and (not options.id.isprintable() or len(options.id) > MAX_ID_CHARACTERS):
        limits = f"1 to {MAX_ID_CHARACTERS} printable characters"
        raise SettingsError(f"--id must be {limits}: {options.id[:40]!r}")
    if options.error:
        report = from_flags(
            error=options.error,
            stack=options.stack,
            file=options.file,
            line=options.line,
            function=options.function,
            context=options.context,
        )
    else:
        report = from_text(_standard_input())
    identity, done = finished(report, settings, now=datetime.now(UTC))
    outcome = _publish(settings, options.id or identity, done)
    subject = settings.namespace.error_subject(settings.environment)
    shown = {
        "id": options.id or identity,
        "subject": subject,
        "stream": outcome.stream,
        "sequence": outcome.sequence,
        "duplicate": outcome.fate.value == "duplicate",
        "signature": done["signature"],
    }
    known = "known already" if shown["duplicate"] else "published"
    _print(options, shown, f"{known}: {shown['id']} on {outcome.stream}")
    return EXIT_OK


def test(options: argparse.Namespace) -> int:
    """Send a canary through the configured reporter and look for it on the stream."""
    from aat_reporters.canary import send_canary

    settings = _settings(options)
    canary = send_canary(settings, keep=options.keep)
    names = ("id", "subject", "arrived", "milliseconds", "stream", "sequence", "duplicate", "removed")
    shown: dict[str, object] = {name: getattr(canary, name) for name in (*names, "problem", "advice")}
    shown |= {"server": settings.connection.server, "stats": canary.stats.as_dict()}
    if canary.arrived:
        gone = "taken off again" if canary.removed else "still there: a consumer may take it for an error"
        text = f"arrived in {canary.milliseconds:g} ms: {canary.subject} on {canary.stream}, {gone}"
    else:
        text = "did not arrive"
        sys.stderr.write(f"aat-report: {canary.problem}; {canary.advice}\n")
    _print(options, shown, f"{text}\n{_counters(canary.stats)}")
    return EXIT_OK if canary.arrived else EXIT_FAILED


def _counters(stats: Stats) -> str:
    """Give the reporter's numbers in a line."""
    numbers = {name: value for name, value in stats.as_dict().items() if name != "dropped"}
    dropped = [f"dropped ({reason}) {count}" for reason, count in sorted(stats.dropped.items())]
    return "reporter: " + ", ".join([f"{name} {value}" for name, value in numbers.items()] + dropped)


def signature(options: argparse.Namespace) -> int:
    """Print the two signatures of a report; of two reports, whether they differ and why."""
    from aat_reporters.shell_report import from_text
    from aat_reporters.signing import compared, sign

    files: list[str] = options.files or ["-"]
    if len(files) > 2 or files == ["-", "-"]:
        raise SettingsError(f"at most two reports are compared, one of them on standard input: {files}")
    signed = [sign(from_text(_standard_input() if name == "-" else _file(name))) for name in files]
    listed = [one.to_json(explained=options.explain) for one in signed]
    texts = [one.to_text(explained=options.explain) for one in signed]
    if len(signed) == 1:
        _print(options, listed[0], texts[0])
        return EXIT_OK
    verdict, differences = compared(signed)
    shown = {"reports": listed, "is_same": not differences, "differences": differences}
    titled = [f"{name}:\n{text}\n" for name, text in zip(files, texts, strict=True)]
    _print(options, shown, "\n".join([*titled, verdict, *differences]))
    return EXIT_OK


def _publish(settings: ReporterSettings, identity: str, report: Mapping[str, object]) -> Outcome:
    from aat_reporters._jetstream import JetStreamOutlet
    from aat_reporters.messages import Fate, Message
    from aat_reporters.report import encode

    message = Message(
        id=identity,
        subject=settings.namespace.error_subject(settings.environment),
        payload=encode(report),
        created=0.0,
        is_report=True,
    )
    outlet = JetStreamOutlet(settings.connection, name="aat-report send")
    try:
        connect, acknowledge = settings.connect_timeout, settings.send_timeout
        (outcome,) = outlet.send([message], connect=connect, acknowledge=acknowledge)
        if outcome.fate is Fate.TOO_LARGE and outcome.limit_bytes > 2048:
            smaller = replace(message, payload=encode(report, max_bytes=outcome.limit_bytes - 1024))
            (outcome,) = outlet.send([smaller], connect=connect, acknowledge=acknowledge)
    finally:
        outlet.close()
    if outcome.fate not in (Fate.PUBLISHED, Fate.DUPLICATE):
        advice = "; make the streams with: aat stream ensure" if "no stream" in outcome.reason else ""
        raise AatError(f"not published to {message.subject}: {outcome.reason}{advice}")
    return outcome


def _settings(options: argparse.Namespace) -> ReporterSettings:
    given = {name: getattr(options, name) for name in _SETTINGS if getattr(options, name)}
    given["connect_timeout"] = options.timeout if options.timeout is not None else CONNECT_TIMEOUT
    return ReporterSettings.resolve(given, environment=os.environ)


def _standard_input() -> bytes:
    if sys.stdin is None or sys.stdin.isatty():
        raise ReportError("nothing on standard input; give a report as JSON, a stack, or --error")
    return sys.stdin.buffer.read(MAX_INPUT_BYTES)


def _file(name: str) -> bytes:
    try:
        with Path(name).open("rb") as file:
            return file.read(MAX_INPUT_BYTES)
    except OSError as exc:
        raise ReportError(f"cannot read {name!r}: {exc.strerror}; give a file with a report, or -") from exc


def _print(options: argparse.Namespace, shown: Mapping[str, object], text: str) -> None:
    sys.stdout.write((json.dumps(shown) if options.json else text) + "\n")
    sys.stdout.flush()


def _complain(options: argparse.Namespace, error: AatError, code: int) -> None:
    if options.json:
        key = error.key if isinstance(error, ReportError) else ""
        sys.stdout.write(json.dumps({"error": str(error), "key": key, "exit_code": code}) + "\n")
    sys.stderr.write(f"aat-report: {error}\n")


#: Settings that have a flag, with what it means.
_SETTINGS = {
    "namespace": "keeps this project apart from others (NATS_NAMESPACE)",
    "environment": "staging, production or default (AAT_ENVIRONMENT)",
    "release": "of the program that failed (AAT_RELEASE)",
    "url": "of the NATS server (NATS_URL)",
    "creds": "credentials file (NATS_CREDS)",
}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="aat-report",
        description="Report errors from a shell.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    sending = commands.add_parser("send", help="publish an error", description=send.__doc__)
    sending.add_argument("--error", default="", help="the message; without it, standard input is read")
    sending.add_argument("--stack", default="", help="text of the stack")
    sending.add_argument("--file", default="", help="where it happened")
    sending.add_argument("--line", type=int, help="in that file")
    sending.add_argument("--function", default="", help="in that file")
    sending.add_argument("--context", default="", metavar="JSON", help="further facts")
    sending.add_argument("--id", default="", help="message id, instead of one made of the signature")
    testing = commands.add_parser("test", help="send a canary and look for it", description=test.__doc__)
    testing.add_argument("--keep", action="store_true", help="leave the canary on the stream")
    for command in (sending, testing):
        for name, meaning in _SETTINGS.items():
            flag = f"--nats-{name}" if name in CONNECTION_VARIABLES.values() else f"--{name}"
            command.add_argument(flag, dest=name, default="", help=meaning)
        command.add_argument("--timeout", type=float, help=f"seconds to connect (default: {CONNECT_TIMEOUT})")
    signing = commands.add_parser("signature", help="sign a report", description=signature.__doc__)
    signing.add_argument(
        "files", nargs="*", metavar="FILE", help="a report as JSON, or a stack; one or two; - or none: stdin"
    )
    signing.add_argument(
        "--explain", action="store_true", help="say which frame, template and causes made the signature"
    )
    for command, run in ((sending, send), (testing, test), (signing, signature)):
        command.add_argument("--json", action="store_true", help="print JSON")
        command.set_defaults(run=run)
    return parser
