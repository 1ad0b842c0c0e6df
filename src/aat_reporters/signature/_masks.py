"""Reduce a message to its template: data becomes ``*``, identity stays.

One pass, left to right, over at most :data:`MAX_MESSAGE` characters; every repetition is bounded or
starts only where the one before ended, so that no text makes it slow.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from aat_reporters.signature import _vocabulary as words
from aat_reporters.signature._bracketed import codes_within, without_collections
from aat_reporters.signature._codes import is_code
from aat_reporters.signature._kept import REACH, Kept
from aat_reporters.signature._runtime_wording import without_additions
from aat_reporters.signature._telling_lines import telling_lines
from aat_reporters.signature._values import VALUE, VALUE_PAST_WORDS
from aat_reporters.signature._words import is_of_sentence
from aat_reporters.signature._wrappings import unwrapped

__all__ = ["MAX_MESSAGE", "MaskedMessage", "folded", "mask"]

#: Characters of a message that are looked at, taken from its first lines.
MAX_MESSAGE = 1000

#: Values, and words that need a look, of one message. What stands behind them is one value more.
_MAX_VALUES = 128

#: A longer quote may be a sentence with a code in it.
_LONG_QUOTE = 12


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
#: A quote whose end was cut off.
_CUT_QUOTE = re.compile(r"""(?<!\w)(?:"[^"\n]{40,}|'[^'\n]{40,})\Z""")
#: Quotes of German and East Asian texts, which have no space before them; none is used for names of code.
_FOREIGN_QUOTE = re.compile(
    r"„[^„“”\n]{0,120}[“”]|»[^«»\n]{0,120}«|「[^「」\n]{0,120}」|『[^『』\n]{0,120}』|《[^《》\n]{0,120}》"
)
_MAY_BE_FOREIGN_QUOTE = re.compile(r"[„»「『《]")
#: Text in which nothing can be data, so that most constant messages cost one look.
_PLAIN = re.compile(
    r"(?!.*(?:\b(?:None|True|False|NaN|nan|inf|localhost)\b"
    r"|[A-Z]{4}|::))(?:[A-Za-z \-,:;!_\n]|\.(?![A-Za-z]))*\Z",
    re.S,
)

_NOT_CHUNK_END = ".:,;-/="
_NOTHING = frozenset({"None", "True", "False", "NaN", "nan", "inf", "-inf", "Infinity"})
_DIGIT = re.compile(r"\d")
#: An IPv6 address with ``::``, as it is written: in lower case.
_ADDRESS = re.compile(r"(?:[\da-f]{1,4}(?::[\da-f]{1,4}){0,6})?::(?:[\da-f]{1,4}(?::[\da-f]{1,4}){0,6})?")
_NOT_ADDRESS_END = ".,;-/="
_ASCII_DATA = re.compile(r"[!-~]*\d[!-~]*")
_CODE_OR_STATUS = re.compile(r"code|status", re.I)
_CODE_STATUS = re.compile(r"[1-5]\d\d(?= )")
_COLON_NUMBER = re.compile(r"([A-Za-z_][A-Za-z_]{0,40}):(\d[\d.,:]*)\Z")
_IDENTIFIER = re.compile(r"[A-Za-z_$][\w$.:\\/<>-]{0,120}(?:\([^()]{0,60}\))?\Z")
_OPERATOR = re.compile(r"(?:\[\]=?|[-+*/%<>=!~&|^]{1,3}@?)\Z")
#: A method as Objective-C writes it.
_METHOD = re.compile(r"[-+]\[([A-Za-z]\w{0,60}) ([A-Za-z][\w:]{0,80})\]")

#: What an event is called, with its key in front.
_EVENT = re.compile(r"[A-Za-z][a-z]{1,24}(?:[ _.-]?[A-Za-z][a-z]{1,24}){0,4}\Z|[A-Z_]{3,40}\Z")
_CODE_PHRASE = re.compile(
    r"[\w:.<>$]{1,100}\(\)\Z|\w{1,60}::\w{1,60}|(?:None|Some|Ok|Err|Object reference)\Z"
)

_LIST = re.compile(r"\*(?:\s?(?:,|;|\||&|\.\.\.?|-|–|×|·|\band\b|\bor\b|\bto\b|/|x)?\s?\*){1,500}")
_EMPTY = re.compile(r"[\[{]\s?\*?\s?[\]}]|\(\s?\*\s?,?\s?\)(?<=\*\))(?<!\w\(\*\))")
_PARAMETERS = re.compile(
    r"(?:\?|%s|%\(\w{1,60}\)s|\$\*|:\w{1,40}|:\*)(?:, ?(?:\?|%s|%\(\w{1,60}\)s|\$\*|:\w{1,40}|:\*)){1,400}"
)
#: Signs that stand before a number.
_SIGNED = re.compile(r"[№§±≈≥≤] ?\*")
_PLURAL = re.compile(r"(\* [A-Za-z]{2,30}[^\Ws_])(?:(?<=i)es|s)\b")
#: A quote with data in it, which is what is left of quotes within a quote.
_QUOTED_MASK = re.compile(r"""(?<!\w)(["'])(?=\S)[^"'\n*]{0,80}\*[^"'\n]{0,80}(?<=\S)\1(?!\w)""")
_SPACE = re.compile(r"\s+")
_ELIXIR_FUNCTION = re.compile(
    r"(?::[a-z_]\w{0,40}|[A-Z]\w{0,60}(?:\.[A-Z]\w{0,60}){0,9})\.[a-z_]\w{0,60}[?!]?/\d{1,2}\Z"
)
_KEY_VALUE = re.compile(r"=\([^()\n*]{1,200}\)")


@lru_cache(maxsize=1024)
def mask(message: str) -> MaskedMessage:
    """Reduce a message to its template.

    Args:
        message: the text; beyond :data:`MAX_MESSAGE` characters and three lines it plays no part.
    """
    text = _first_lines(unwrapped(message))
    if _PLAIN.match(text):
        return MaskedMessage(text=_SPACE.sub(" ", text).strip())
    kept = Kept()
    if _MAY_BE_FOREIGN_QUOTE.search(text):
        text = _FOREIGN_QUOTE.sub(lambda found: "*" + codes_within(found[0], kept), text)
    for found in _METHOD.finditer(text):
        kept.names += (found[1], found[2].rstrip(":"))
    text = without_collections(text, kept)
    if "=(" in text:
        text = _KEY_VALUE.sub("=(*)", text)
    kept.has_code_words = bool(_CODE_OR_STATUS.search(text))
    text = folded(_without_values(text, kept))
    if "," in text:
        text = _PARAMETERS.sub("?", text)
    return MaskedMessage(text=text, codes=tuple(kept.codes), names=tuple(kept.names))


def _without_values(text: str, kept: Kept) -> str:
    """Replace value after value, as many as are looked at."""
    end = 0

    def replacement(match: re.Match[str]) -> str:
        nonlocal end
        end = match.end()
        return _replacement(match, kept)

    notation = VALUE if kept.has_code_words else VALUE_PAST_WORDS
    masked, values = notation.subn(replacement, text, count=_MAX_VALUES)
    rest = len(text) - end
    return masked[: len(masked) - rest] + "*" if values == _MAX_VALUES and rest else masked


def folded(text: str) -> str:
    """Write masks that stand beside each other as one, and what is counted by them in the singular."""
    text = _SPACE.sub(" ", text).strip()
    if "*" in text:
        if not text.isascii():
            text = _SIGNED.sub("*", text)
        text = _QUOTED_MASK.sub("*", _EMPTY.sub("*", _LIST.sub("*", text)))
        text = _PLURAL.sub(_singular, _LIST.sub("*", text))
    return text


def _singular(match: re.Match[str]) -> str:
    """Give ``1 row`` and ``2 rows``, ``1 entry`` and ``2 entries`` one form."""
    singular = match[1][:-1] + "y" if match[0].endswith("ies") else match[1]
    # What is a word as it stands and none without its end is no plural: does, always.
    if is_of_sentence(match[0][2:]) and not is_of_sentence(singular[2:]):
        return match[0]
    return singular


def _first_lines(message: str) -> str:
    text = message[: MAX_MESSAGE * 4]
    if "\x1b" in text:
        text = _ANSI.sub("", text)
    text = "\n".join(telling_lines(text))
    if len(text) > MAX_MESSAGE:
        text = _CUT_QUOTE.sub("*", text[:MAX_MESSAGE])
    return without_additions(text)


def _replacement(match: re.Match[str], kept: Kept) -> str:
    kind = match.lastgroup
    token = match.group()
    if kind == "chunk":
        if not kept.has_code_words and _is_plain_word(token.rstrip(_NOT_CHUNK_END)):
            return token
        return _address(token, match, kept) or _chunk(token, match, kept)
    if kind == "quoted":
        return _quoted(token, match, kept)
    if kind == "pair":
        return _pair(token, kept)
    if kind in ("host", "file", "relative") and _stands_for_a_name(match, kept):
        return kept.name(token)
    if kind == "object":
        return "*" + codes_within(token, kept)
    if kind in ("url", "path", "mail"):
        end = token.rstrip(".,:;!?")
        return "*" + token[len(end) :]
    return "*"


def _stands_for_a_name(match: re.Match[str], kept: Kept) -> bool:
    before = match.string[max(0, match.start() - REACH) : match.start()]
    return kept.may_look(before) and words.is_name_before(before)


def _quoted(token: str, match: re.Match[str], kept: Kept) -> str:
    inner = token[2:-2] if token[0] == "\\" else token.lstrip("b")[1:-1]
    before = match.string[max(0, match.start() - REACH) : match.start()]
    after = match.string[match.end() - 1 : match.end() + REACH]
    if not inner:
        return "*"
    if before.endswith("ssertion ") and len(inner) < REACH:
        kept.names.extend(inner.split())
        return inner
    if _CODE_PHRASE.match(inner):
        return kept.name(inner)
    may_look = kept.may_look(before + after)
    if (
        may_look
        and _IDENTIFIER.match(inner)
        and (
            words.is_name_before(before)
            or words.NAME_AFTER.match(after)
            or (words.OBJECT_BEFORE.search(before) and words.OBJECT_AFTER.match(after))
            or (before.endswith("name ") and " is not defined" in after)
            or (before.endswith(" from ") and "import name" in before)
        )
    ):
        return kept.name(inner)
    if (found := _CODE_STATUS.match(inner)) and words.REASON_AFTER.match(inner[3:]):
        return "'" + kept.code(found[0]) + "'"
    if may_look and _OPERATOR.match(inner) and words.is_name_before(before):
        return kept.name(inner)
    if may_look and len(inner) < REACH and words.is_code_before(before):
        return kept.code(inner)
    return "*" + codes_within(inner, kept) if len(inner) > _LONG_QUOTE else "*"


def _pair(token: str, kept: Kept) -> str:
    key, _, value = token.partition("=")
    plain = value.strip("'\"")
    if words.IS_STATUS_KEY.match(key) and len(plain) < REACH:
        return f"{key}={kept.code(plain)}"
    is_event = words.IS_EVENT_KEY.match(key) and _EVENT.match(plain)
    if is_event or (words.IS_TEXT_KEY.match(key) and plain.count(" ") > 1):
        inner = mask(plain)
        kept.codes.extend(inner.codes)
        kept.names.extend(inner.names)
        return f"{key}={inner.text}"
    return f"{key}=*"


def _address(token: str, match: re.Match[str], kept: Kept) -> str:
    """Mask an IPv6 address that may hold no digit or end in colons; empty if it is none."""
    address = token.rstrip(_NOT_ADDRESS_END)
    if "::" not in address or not _ADDRESS.fullmatch(address):
        return ""
    before = match.string[max(0, match.start() - REACH) : match.start()]
    after = match.string[match.start() + len(address) : match.end() + REACH]
    may_look = kept.may_look(before + after)
    if may_look and (words.is_name_before(before) or is_code(address.rstrip(":"), before, after)):
        return ""
    return "*" + token[len(address) :]


def _is_plain_word(core: str) -> bool:
    """Say whether nothing about a word needs a closer look, as is the case for most words."""
    return core.isalpha() and core[1:].islower() and core not in _NOTHING


def _chunk(token: str, match: re.Match[str], kept: Kept) -> str:
    """Decide about a word: without a digit it stays, with one it is data unless it is a code or name."""
    core = token.rstrip(_NOT_CHUNK_END)
    tail = token[len(core) :]
    text = match.string
    start = match.start()
    before = text[max(0, start - REACH) : start]
    after = text[match.end() - len(tail) : match.end() + REACH]
    if not _DIGIT.search(token):
        if core in _NOTHING and not after.startswith(" of"):
            return "*" + tail
        if words.CODE_NAME.fullmatch(core) or (kept.has_code_words and words.CODE_NAME_BEFORE.search(before)):
            kept.code(core)
        return token
    if words.TECHNICAL_NAME.fullmatch(core):
        return token
    if words.SHORT_NAME.fullmatch(core) and (start == 0 or words.SHORT_NAME_AFTER.match(after)):
        return token
    if not core.isascii() and any(letter > "\x7f" and letter.isalpha() for letter in core):
        # Scripts without spaces: the sentence is one word, and the data in it are its ASCII parts.
        return _ASCII_DATA.sub("*", token)
    if not kept.may_look(before + after):
        return "*" + tail
    if is_code(core, before, after):
        return kept.code(core) + tail
    if found := _COLON_NUMBER.match(core):
        if is_code(found[2], before + found[1] + ":", after):
            return found[1] + ":" + kept.code(found[2]) + tail
        return f"{found[1]}:*{tail}"
    if _ELIXIR_FUNCTION.match(core):
        return kept.name(core) + tail
    if _IDENTIFIER.match(core) and (words.is_name_before(before) or words.NAME_AFTER.match(after)):
        return kept.name(core) + tail
    return "*" + tail
