"""Write harmless texts for training: messages and manuals of the software installed here.

    python scripts/mine_harmless.py OUT.jsonl [--seed 7]

Takes error messages, log lines and paragraphs of documentation from installed Python packages, and the
translations of Django and of Debian's programs (apt, dpkg, glib, gnupg, ...). Rows carry the package as
``source``; packages of every fourth hash are marked ``held_out``, so that false alarms can be counted on
software that training never saw.
"""

from __future__ import annotations

import argparse
import ast
import gettext
import json
import random
import re
import sysconfig
import warnings
import zlib
from collections.abc import Iterator
from pathlib import Path

#: Most texts of one kind from one package.
MESSAGES, PARAGRAPHS, TRANSLATIONS = 120, 40, 10

#: Lengths in characters of a text worth learning from.
SHORTEST, LONGEST = 15, 700

#: One package in so many is held out.
HELD_OUT = 4

#: Where Debian keeps translated messages, and the programs whose messages are taken.
LOCALES = Path("/usr/share/locale")
PROGRAMS = frozenset(
    (
        "apt",
        "coreutils",
        "dpkg",
        "glib20",
        "gnupg2",
        "bash",
        "systemd",
        "wget",
        "shadow",
        "tar",
        "Linux-PAM",
        "PackageKit",
        "make",
        "findutils",
        "sed",
        "grep",
        "software-properties",
        "system-config-printer",
        "appstream",
        "gtk30",
        "git",
        "libc",
        "man-db",
        "python-apt",
    )
)

#: Calls whose first string is a message.
CALLS = re.compile(
    r"(?:Error|Exception|Warning|Exit|Invalid|Denied|NotFound|warn|warning|error|critical|exception|info|debug"
    r"|log|fail|exit|UsageError|die|echo|write|print|help|add_argument|add_option)$"
)

#: Stand-ins for what is put into a message.
VALUES = (
    "'name'",
    "42",
    "None",
    "/srv/app/settings.py",
    "'default'",
    "user",
    "3",
    "http",
    "'id'",
    "<object>",
)
_PLACE = re.compile(r"%\([\w ]+\)[sdrfi]|%[-.\d]*[sdrfilux]|\{[\w.!:\[\]]*\}")

#: Texts that really are attacks: examples in the documentation of guards.
_ATTACK = re.compile(r"ignore (?:all )?(?:previous|prior) instructions|jailbreak", re.IGNORECASE)


def main() -> int:
    """Collect, thin out and write."""
    parser = argparse.ArgumentParser(description="Collect harmless texts from installed software.")
    parser.add_argument("out", type=Path, metavar="OUT.jsonl")
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    chance = random.Random(options.seed)
    rows: dict[str, dict[str, object]] = {}
    for source, kind, text in (*packages(chance), *translations(chance)):
        text = _PLACE.sub(lambda _: chance.choice(VALUES), text).strip()
        if SHORTEST <= len(text) <= LONGEST and not _ATTACK.search(text):
            held_out = zlib.crc32(source.encode()) % HELD_OUT == 0
            rows.setdefault(
                text, {"text": text, "label": 0, "source": source, "kind": kind, "held_out": held_out}
            )
    lines = [json.dumps({"id": f"i{place:05}", **row}) for place, row in enumerate(rows.values())]
    options.out.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return 0


def packages(chance: random.Random) -> Iterator[tuple[str, str, str]]:
    """Yield source, kind and text of the messages and paragraphs of every installed Python package."""
    for root in (Path(sysconfig.get_path("purelib")), Path(sysconfig.get_path("stdlib"))):
        for package in sorted(root.iterdir()):
            name = package.stem
            if name in ("site-packages", "test", "idlelib", "aat_reporters", "aat_consumer", "__pycache__"):
                continue
            if package.suffix == ".dist-info":
                texts = _paragraphs((package / "METADATA").read_text(encoding="utf-8", errors="replace"))
                name = name.partition("-")[0].lower()
                yield from _some(f"readme:{name}", "manual", texts, PARAGRAPHS, chance)
                continue
            files = sorted(package.rglob("*.py")) if package.is_dir() else [package]
            messages: list[str] = []
            manuals: list[str] = []
            for file in files:
                if file.suffix == ".py" and "/tests/" not in str(file):
                    _read_python(file, messages, manuals)
            yield from _some(f"pkg:{name}", "message", messages, MESSAGES, chance)
            yield from _some(f"pkg:{name}", "manual", manuals, PARAGRAPHS, chance)


def _some(
    source: str, kind: str, texts: list[str], most: int, chance: random.Random
) -> Iterator[tuple[str, str, str]]:
    texts = list(dict.fromkeys(texts))
    for text in texts if len(texts) <= most else chance.sample(texts, most):
        yield source, kind, text


def _read_python(file: Path, messages: list[str], manuals: list[str]) -> None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(file.read_text(encoding="utf-8"))
    except (SyntaxError, ValueError, RecursionError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", None) or getattr(node.func, "id", "")
            if CALLS.search(name):
                texts = [_string(one) for one in (*node.args[:2], *(key.value for key in node.keywords))]
                found = max((text for text in texts if text), key=len, default="")
                if " " in found.strip():
                    raised = name.endswith(("Error", "Exception", "Warning"))
                    messages.append(f"{name}: {found}" if raised else found)
        elif isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            manuals += _paragraphs(ast.get_docstring(node) or "")


def _string(node: ast.expr) -> str:
    """Return the text of a string or f-string, placeholders kept; empty for anything else."""
    match node:
        case ast.Constant(value=str() as text):
            return text
        case ast.JoinedStr(values=values):
            return "".join(_string(one) if isinstance(one, ast.Constant) else "{}" for one in values)
        case ast.BinOp(left=left, op=ast.Mod() | ast.Add()):
            return _string(left)
        case ast.Call(func=ast.Attribute(value=value, attr="format")):
            return _string(value)
    return ""


def _paragraphs(text: str) -> list[str]:
    parts = [" ".join(part.split()) for part in re.split(r"\n\s*\n", text)]
    return [part for part in parts if part.count(" ") >= 4]


def translations(chance: random.Random) -> Iterator[tuple[str, str, str]]:
    """Yield what Django and Debian's programs say in every language that they know."""
    django = Path(sysconfig.get_path("purelib")) / "django"
    for file in sorted(django.rglob("*.mo")):
        yield from _some(
            f"mo:django-{file.parts[-3]}", "translation", _catalogue(file), TRANSLATIONS // 2, chance
        )
    for file in sorted(LOCALES.glob("*/LC_MESSAGES/*.mo")):
        if file.stem in PROGRAMS:
            yield from _some(f"mo:{file.stem}", "translation", _catalogue(file), TRANSLATIONS, chance)
            if file.parts[-3] == "de":
                yield from _some(f"mo:{file.stem}", "message", _catalogue(file, original=True), 300, chance)


def _catalogue(file: Path, *, original: bool = False) -> list[str]:
    try:
        with file.open("rb") as opened:
            table = gettext.GNUTranslations(opened)._catalog  # type: ignore[attr-defined]  # no public list
    except (OSError, UnicodeDecodeError, ValueError, IndexError):
        return []
    found = [key if original else text for key, text in table.items() if isinstance(key, str) and key]
    return [text.replace("_", "") for text in found if isinstance(text, str)]


if __name__ == "__main__":
    raise SystemExit(main())
