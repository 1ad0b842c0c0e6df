"""Reduce a message to its template: data becomes ``*``, identity stays.

One pass, left to right, over at most :data:`MAX_MESSAGE` characters; every repetition is bounded or
starts only where the one before ended, so that no text makes it slow.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import lru_cache

from aat_reporters.signature import _vocabulary as words

__all__ = ["MAX_MESSAGE", "MaskedMessage", "mask"]

#: Characters of a message that are looked at, taken from its first lines.
MAX_MESSAGE = 1000

#: Non-empty lines of a message that take part; what follows is details.
_MAX_LINES = 3

#: Characters of a JSON message that are parsed for its event name.
_MAX_JSON = 16_384

#: A longer quote may be a sentence with a code in it; codes kept of one such text.
_LONG_QUOTE = 12
_MAX_INNER_CODES = 4

#: Characters before and behind a value that decide what it is.
_REACH = 48


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskedMessage:
    """Hold a masked message.

    Args:
        text: the template.
        codes: statuses, error numbers and exit codes that were kept.
        names: identifiers of code and schemas that were kept.
    """

    text: str
    codes: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


_ANSI = re.compile(r"\x1b\[[0-9;]{0,20}[A-Za-z]")
_HINT = re.compile(
    r"(?:[.;:]? ?(?:Did you mean|Perhaps you meant|Did you forget to import)\b.{0,200}"
    r"|\s*\(\d{1,6} sub-exceptions?\)|\s*\(Background on this error at: [^)]{0,200}\))",
    re.S,
)
#: Text in which nothing can be data, so that most constant messages cost one look.
_PLAIN = re.compile(
    r"(?!.*(?:\b(?:None|True|False|NaN|localhost)\b"
    r"|[A-Z]{4}))(?:[A-Za-z \-,:;!_\n]|\.(?![A-Za-z]))*\Z",
    re.S,
)

#: Quotes of any kind; an apostrophe between letters (``o'neil``, ``can't``) does not end one.
_QUOTED = (
    r"""(?:b?"(?:[^"\\\n]|\\.){0,300}"|b?'(?:[^'\\\n]|\\.|(?<=\w)'(?=[a-z]{1,2}\b)){0,300}'"""
    r"""|`[^`'\n]{0,300}['`]|“[^”\n]{0,300}”|‘[^’\n]{0,300}’|«[^»\n]{0,300}»)"""
)

_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6}"
_DAY = r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]{0,6}"
_CLOCK = r"\d{1,2}:\d\d(?::\d\d(?:[.,]\d{1,9})?)?"
_ZONE = r"(?:Z|UTC|GMT)?(?:[+-]\d\d:?\d\d)?"
_DATE = (
    rf"(?:{_DAY},? )?(?:{_MONTH} {{0,2}}\d{{1,2}}(?:,? \d{{4}})?|\d{{1,2}}[ /-]{_MONTH}[ /-]\d{{2,4}})"
    rf"(?:[ :,T]{{1,2}}{_CLOCK})?(?: \d{{4}})?(?: ?[AP]M)?(?: ?(?:{_ZONE}"
    rf"|[A-Z]{{3,4}}))(?: \([A-Z][A-Za-z ]{{2,40}}\))?(?: \d{{4}})?"
    rf"|\d{{4}}[-/.]\d\d?[-/.]\d\d?(?:(?:T| |, ){_CLOCK})?(?: ?{_ZONE})"
    rf"|\d\d?[/.-]\d\d?[/.-]\d{{4}}(?:,? {_CLOCK})?(?: ?[AP]M)?"
    rf"|{_CLOCK}(?: ?[AaPp]\.?[Mm]\b\.?)?(?: ?{_ZONE})"
)
_CHUNK = r"\w.:+@%$€£#~/\\-"
_TLD = (
    r"(?:com|org|net|io|dev|local|localdomain|internal|lan|example|test|invalid|cloud|app|edu"
    r"|gov|info|co|de|fr|uk|us|eu|ru"
    r"|cn|jp|nl|se|ch|br|in|svc|corp|intern|intranet|home|biz|ai|tv|me)"
)
_EXTENSION = (
    r"(?:csv|tsv|json|xml|ya?ml|toml|ini|cfg|conf|txt|log|pdf|png|jpe?g|gif|svg|zip|gz|tgz|tar"
    r"|bz2|xlsx?|docx?|html?|db"
    r"|sqlite3?|parquet|avro|sql|bak|tmp|lock|pem|crt|key|md|rst|mp[34]|wav|avi|bin|dat|iso|img"
    r"|sock|pid|pickle|npy)"
)

#: In this order at each place of the text; the names say what :func:`_replacement` does with them.
_VALUE = re.compile(
    "|".join(
        (
            r"(?P<object>(?<!\w)<(?=[\w])(?:[^<>\n]|<[^<>\n]{0,40}>){1,160}>)",
            rf"(?P<pair>\b[A-Za-z_][\w.-]{{0,40}}=(?:{_QUOTED}|[^\s,;)\]}}&*]{{1,200}}))",
            rf"(?P<quoted>(?<!\w){_QUOTED}(?!\w))",
            rf"(?P<date>(?<![\w.:/-])(?:{_DATE})(?![\w:/-]))",
            r"""(?P<url>(?<!\w)[A-Za-z][A-Za-z0-9+.-]{1,20}://[^\s'"<>)\]}`]{0,900})""",
            r"(?P<mail>(?<![\w.+-])[\w.+%-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){0,8})",
            r"""(?P<path>(?<![\w.~])(?:~?|\.{1,2})/(?![\s/])[^\s'"<>|,;:()\[\]{}`*]{1,400}|(?<!\w)(?:[A-Za-z]:\\|\\\\)[^\s'"<>|,;()*]{1,400})""",
            rf"(?P<made>(?<![\w.])(?:{words.CONSTRUCTORS})\([^()\n]{{0,200}}(?:\([^()\n]{{0,80}}"
            rf"\)[^()\n]{{0,80}})?\))",
            rf"(?P<measure>(?<![{_CHUNK}])[+-]?\d[\d,._]{{0,30}}\s?{words.UNITS}(?![\w/-]))",
            r"(?P<secret>(?<!\w)eyJ[\w-]{4,900}(?:\.[\w-]{0,900}){0,2}|\barn:[\w:/*+=,.@-]{1,300})",
            rf"(?P<file>(?<![{_CHUNK}])[\w-]{{1,80}}(?:\.[\w-]{{1,40}}){{0,3}}\.{_EXTENSION}\b(?![\w(/.-]))",
            rf"(?P<relative>(?<![{_CHUNK}])(?:[\w.@-]{{1,80}}/){{1,12}}[\w.@-]{{1,80}}\.[A-Za-z]"
            rf"\w{{0,5}}(?![\w/(]))",
            rf"(?P<host>(?<![{_CHUNK}])(?:[a-z0-9-]{{1,63}}\.){{1,6}}{_TLD}(?::\d{{1,5}})?(?![\w."
            rf"(-])|\blocalhost(?::\d{{1,5}})?\b)",
            rf"(?P<chunk>(?<![{_CHUNK}])[{_CHUNK}]{{1,1000}})",
        )
    )
)

_NOT_CHUNK_END = ".:,;-/"
_NOTHING = frozenset({"None", "True", "False", "NaN"})
_DIGIT = re.compile(r"\d")
_ASCII_DATA = re.compile(r"[!-~]*\d[!-~]*")
_STATUS = re.compile(r"[1-5]\d\d\Z")
_NUMBER = re.compile(r"-?\d{1,7}\Z")
_CODE_WORD = re.compile(
    r"(?:ORA|PLS|TNS|SQL|DB|CS|TS|NU|CA|MSB|AADSTS|E|P|F|LNK|BC|FS|JS)-?\d{3,6}[A-Z]?\Z|0x8[0-9A-Fa-f]{7}\Z"
)
_SQLSTATE_BEFORE = re.compile(r"(?:SQLSTATE|sqlstate|pgcode|error code)\W{0,3}\Z")
_CODE_STATUS = re.compile(r"([1-5]\d\d) [A-Z][a-z]+")
_COLON_NUMBER = re.compile(r"([A-Za-z_][A-Za-z_]{0,40}):(\d[\d.,:]*)\Z")
_IDENTIFIER = re.compile(r"[A-Za-z_$][\w$.:\\/<>-]{0,120}(?:\([^()]{0,60}\))?\Z")
_CODE_PHRASE = re.compile(
    r"[\w:.<>$]{1,100}\(\)\Z|\w{1,60}::\w{1,60}|(?:None|Some|Ok|Err|Object reference)\Z"
)

_LIST = re.compile(r"\*(?:\s?(?:,|;|\||&|\.\.\.?|-|–|\band\b|\bor\b|\bto\b|/|x)?\s?\*){1,500}")
_EMPTY = re.compile(r"[\[{]\s?\*?\s?[\]}]|\(\s?\*\s?,?\s?\)(?<=\*\))(?<!\w\(\*\))")
_PARAMETERS = re.compile(
    r"(?:\?|%s|%\(\w{1,60}\)s|\$\*|:\w{1,40}|:\*)(?:, ?(?:\?|%s|%\(\w{1,60}\)s|\$\*|:\w{1,40}|:\*)){1,400}"
)
_PLURAL = re.compile(r"(\* [A-Za-z]{2,30}[^\Ws_])(?:(?<=i)es|s)\b")
_SPACE = re.compile(r"\s+")
_KEY_VALUE = re.compile(r"=\([^()\n*]{1,200}\)")
_INNER_CODE = re.compile(
    r"""\b(?:http_?)?(?:status(?:_?code)?|errno|exit_?code|code|kind|sqlstate)['"]?\s?[:=]>?\s?['"]?"""
    r"""(-?\d{1,6}|(?:StatusCode\.)?[A-Z][A-Za-z_]{2,40})\b"""
    r"""|(?:\bErrno |\bErrno: |\bos error |(?:\b(?:error|status|response|http) ?\[?))(-?\d{1,5})\b""",
    re.I,
)
_TUPLE_OF_CODE = re.compile(r"""\((-?\d{1,6}), (['"])(.*)\2(?:, .{0,200})?\)\Z""", re.S)
_TUPLE_OF_TEXT = re.compile(r"""\((['"])(.*?)\1, .*\)\Z""", re.S)
#: ``[SQL: ...]`` and its like are sentences, not lists.
_TITLED = re.compile(r"\s?[A-Za-z_ ]{1,40}:")
_SENTENCE = re.compile(r"""(['"])((?:[^'"\\]|\\.|(?<=\w)'(?=\w)){0,300})\1""")


@lru_cache(maxsize=1024)
def mask(message: str) -> MaskedMessage:
    """Reduce a message to its template.

    Args:
        message: the text; beyond :data:`MAX_MESSAGE` characters and three lines it plays no part.
    """
    text = _first_lines(_unwrapped(message))
    if _PLAIN.match(text):
        return MaskedMessage(text=_SPACE.sub(" ", text).strip())
    kept = _Kept()
    text = _KEY_VALUE.sub("=(*)", _without_collections(text, kept))
    text = _VALUE.sub(lambda match: _replacement(match, kept), text)
    text = _SPACE.sub(" ", text).strip()
    if "*" in text:
        text = _EMPTY.sub("*", _LIST.sub("*", text))
        text = _PLURAL.sub(_singular, _LIST.sub("*", text))
    if "," in text:
        text = _PARAMETERS.sub("?", text)
    return MaskedMessage(text=text, codes=tuple(kept.codes), names=tuple(kept.names))


def _singular(match: re.Match[str]) -> str:
    """Give ``1 row`` and ``2 rows``, ``1 entry`` and ``2 entries`` one form."""
    return match[1][:-1] + "y" if match[0].endswith("ies") else match[1]


class _Kept:
    """Collect what one pass keeps."""

    __slots__ = ("codes", "names")

    def __init__(self) -> None:
        self.codes: list[str] = []
        self.names: list[str] = []

    def code(self, value: str) -> str:
        self.codes.append(value)
        return value

    def name(self, value: str) -> str:
        self.names.append(value)
        return value


def _first_lines(message: str) -> str:
    text = message[: MAX_MESSAGE * 4]
    if "\x1b" in text:
        text = _ANSI.sub("", text)
    lines = [line.strip() for line in text.split("\n", 40) if line.strip()]
    return _HINT.sub("", "\n".join(lines[:_MAX_LINES])[:MAX_MESSAGE])


def _unwrapped(message: str) -> str:
    """Take the sentence out of a JSON line, of ``str(error)`` with several arguments, of a list of errors."""
    head = message.lstrip()[:1]
    if not head or head not in "{[(":
        return message
    if head == "{" and len(message) <= _MAX_JSON and (said := _event_of(message)):
        return said
    text = message.strip()[: MAX_MESSAGE * 2]
    if match := _TUPLE_OF_CODE.match(text):
        return f"error code {match[1]}: {match[3]}"
    if (match := _TUPLE_OF_TEXT.match(text)) and " " in match[2]:
        return match[2]
    if text[-1] in "]}":
        sentences = [found[1] for found in _SENTENCE.findall(text) if found[1].count(" ") > 1]
        if sentences:
            return "\n".join(dict.fromkeys(sentences))
    return message


def _event_of(message: str) -> str:
    """Give the event of a JSON log line, with its type and status, or nothing."""
    try:
        record = json.loads(message)
    except (ValueError, RecursionError):
        return ""
    if not isinstance(record, dict):
        return ""
    said = ""
    for key in ("event", "msg", "message", "error", "detail", "title", "description"):
        if isinstance(record.get(key), str) and record[key]:
            said = record[key]
            break
    if not said:
        return ""
    for key in ("type", "exception", "name", "status", "status_code", "statusCode", "code"):
        value = record.get(key)
        if isinstance(value, str | int) and not isinstance(value, bool) and len(str(value)) < _REACH:
            said += f" status {value}" if isinstance(value, int) else f" {value}"
    return said


def _without_collections(text: str, kept: _Kept) -> str:
    """Replace each outermost bracketed collection of data, keeping codes that stand in it."""
    if "{" not in text and "[" not in text:
        return text
    closing = {"[": "]", "{": "}"}
    opened: list[str] = []
    written: list[str] = []
    start = done = 0
    for position, character in enumerate(text):
        if character in closing:
            if not opened:
                start = position
            opened.append(closing[character])
        elif opened and character == opened[-1]:
            opened.pop()
            if not opened:
                inner = text[start + 1 : position]
                if _is_collection(text[start], inner, text[:start]):
                    written.append(text[done:start])
                    written.append(
                        "*" + "".join([" " + kept.code(f"{k} {v}") for k, v in _INNER_CODE.findall(inner)])
                    )
                    done = position + 1
    written.append(text[done:])
    return "".join(written)


def _codes_within(data: str, kept: _Kept) -> str:
    """Keep the statuses and error numbers that stand in what is masked as a whole."""
    return "".join(
        [" " + kept.code("".join(found)) for found in _INNER_CODE.findall(data)[:_MAX_INNER_CODES]]
    )


def _is_collection(opening: str, inner: str, before: str) -> bool:
    if opening == "{":
        return not inner.strip() or any(mark in inner for mark in ":=,'\"") or inner.strip().isdigit()
    if before[-1:].isalnum() and before[-3:] != "map":
        return False
    stripped = inner.strip()
    if not stripped:
        return True
    head = stripped[0]
    if head in "'\"([{<" or stripped.startswith(
        ("b'", "None", "True", "False", "datetime", "Decimal", "UUID")
    ):
        return True
    if head.isdigit() or head == "-":
        return not words.STRONG_CODE_BEFORE.search(before[-_REACH:] + opening)
    return before[-3:] == "map" or ("," in inner and not _TITLED.match(inner))


def _replacement(match: re.Match[str], kept: _Kept) -> str:
    kind = match.lastgroup
    token = match.group()
    if kind == "chunk":
        return _chunk(token, match, kept)
    if kind == "quoted":
        return _quoted(token, match, kept)
    if kind == "pair":
        return _pair(token, kept)
    if kind in ("host", "file", "relative") and _stands_for_a_name(match):
        return kept.name(token)
    if kind == "object":
        return "*" + _codes_within(token, kept)
    if kind in ("url", "path", "mail"):
        end = token.rstrip(".,:;!?")
        return "*" + token[len(end) :]
    return "*"


def _stands_for_a_name(match: re.Match[str]) -> bool:
    return bool(words.NAME_BEFORE.search(match.string[max(0, match.start() - _REACH) : match.start()]))


def _quoted(token: str, match: re.Match[str], kept: _Kept) -> str:
    inner = token.lstrip("b")[1:-1]
    before = match.string[max(0, match.start() - _REACH) : match.start()]
    after = match.string[match.end() - 1 : match.end() + _REACH]
    if _CODE_PHRASE.match(inner):
        return kept.name(inner)
    if _IDENTIFIER.match(inner) and (
        words.NAME_BEFORE.search(before)
        or words.NAME_AFTER.match(after)
        or (words.OBJECT_BEFORE.search(before) and words.OBJECT_AFTER.match(after))
        or (before.endswith("name ") and " is not defined" in after)
        or (before.endswith(" from ") and "import name" in before)
    ):
        return kept.name(inner)
    if found := _CODE_STATUS.match(inner):
        return "'" + kept.code(found[1]) + "'"
    if words.STRONG_CODE_BEFORE.search(before) and len(inner) < _REACH:
        return kept.code(inner)
    return "*" + _codes_within(inner, kept) if len(inner) > _LONG_QUOTE else "*"


def _pair(token: str, kept: _Kept) -> str:
    key, _, value = token.partition("=")
    plain = value.strip("'\"")
    if words.IS_STATUS_KEY.match(key) and len(plain) < _REACH:
        return f"{key}={kept.code(plain)}"
    if words.IS_TEXT_KEY.match(key) and plain.count(" ") > 1:
        inner = mask(plain)
        kept.codes.extend(inner.codes)
        kept.names.extend(inner.names)
        return f"{key}={inner.text}"
    return f"{key}=*"


def _chunk(token: str, match: re.Match[str], kept: _Kept) -> str:
    """Decide about a word: without a digit it stays, with one it is data unless it is a code or name."""
    core = token.rstrip(_NOT_CHUNK_END)
    tail = token[len(core) :]
    text = match.string
    start = match.start()
    before = text[max(0, start - _REACH) : start]
    after = text[match.end() - len(tail) : match.end() + _REACH]
    if not _DIGIT.search(token):
        if core in _NOTHING and not after.startswith(" of"):
            return "*" + tail
        if words.CODE_NAME.fullmatch(core) or words.CODE_NAME_BEFORE.search(before):
            kept.code(core)
        return token
    if words.TECHNICAL_NAME.fullmatch(core):
        return token
    if _is_code(core, before, after):
        return kept.code(core) + tail
    if found := _COLON_NUMBER.match(core):
        if _is_code(found[2], before + found[1] + ":", after):
            return found[1] + ":" + kept.code(found[2]) + tail
        return f"{found[1]}:*{tail}"
    if not core.isascii():
        # Scripts without spaces: the sentence is one word, and the data in it are its ASCII parts.
        return _ASCII_DATA.sub("*", token)
    if _IDENTIFIER.match(core) and (words.NAME_BEFORE.search(before) or words.NAME_AFTER.match(after)):
        return kept.name(core) + tail
    return "*" + tail


def _is_code(core: str, before: str, after: str) -> bool:
    if _NUMBER.match(core):
        if words.STRONG_CODE_BEFORE.search(before):
            return True
        if not _STATUS.match(core):
            return False
        if words.REASON_AFTER.match(after):
            return True
        return bool(words.WEAK_CODE_BEFORE.search(before) and words.WEAK_CODE_AFTER.match(after))
    if _CODE_WORD.match(core):
        return True
    return len(core) == 5 and bool(_SQLSTATE_BEFORE.search(before))
