"""Join what was spelled apart: spaced letters, concatenations, comments, leet."""

from __future__ import annotations

import re
from collections.abc import Collection

from aat_consumer.screening.views import View, substitute

__all__ = ["join_letters", "join_list", "join_strings", "read_leet", "strip_wrappers"]

#: Words that must appear before a text counts as leet.
LEET_WORDS = 3

#: Longest word in leet.
LEET_CHARACTERS = 24

#: Long words spelled apart from which on short ones are joined, too.
SPACED_WORDS = 3

#: Lines of a list of single words from which on it is read as a sentence.
LIST_LINES = 5

#: Marks that may stand between the letters of one word.
_BETWEEN = r"[ \t.\-_*~|/\\,:;+=·•‧\u2000-\u200a\u3000]"
_SPACED = re.compile(rf"(?<![^\W_])[^\W\d_]({_BETWEEN})\1?[^\W_](?:\1\1?[^\W_]){{2,80}}+(?![^\W_])")
#: Words of two and three letters, and what stands for one: joined where longer words were.
_SPACED_SHORT = re.compile(r"(?<![^\W_])[^\W\d_](?:([.\-_*~|/])\1?[^\W_](?:\1[^\W_])?)(?![^\W_])")
_SPACED_TEXT = re.compile(r"(?<!\S)\S(?:[ ]\S){2,30}+(?:[ ]{2,7}\S(?:[ ]\S){0,30}+){1,60}+")
_COLUMN = re.compile(r"(?:(?<=\n)|^)[^\W\d_](?:\r?\n[ \t]{0,8}[^\W\d_ ]){6,200}+(?=\s|$)")
_CONCATENATION = re.compile(
    r"(?<=[\w \\%&;#=+/.:\-])([\"'`])[ \t\n]{0,6}+(?:\+|\.|\|\||&|<>|,|~)?"
    r"[ \t\n]{0,6}+(?:[fbru]{1,2})?\1(?=[\w \\%&;#=+/.:\-])"
)
#: Marks that hide a word only when they stand inside it; elsewhere they are no part of any word.
_WRAPPER = re.compile(
    r"(?<=\w)(?:<!--|-->|/\*{1,3}[^*/]{0,40}\*/|\{#[^#{]{0,40}#\}"
    r"|</?[bi]>|<wbr ?/?>|\\\n|\*|`|~~|__){1,12}+(?=\w)"
)
#: The mark of a comment at the beginning of a line, and the end of the line before.
_COMMENT_LINE = re.compile(r"[ \t]{0,8}\n[ \t]{0,20}(?:#|//|--|;|\*|>|\|)[ \t]{1,4}(?=\S)")
_LEET_WORD = re.compile(r"[A-Za-z0-9@$!|+€£()<]+")
_LEET = str.maketrans("0134578@$!|+€£26", "oieastbasiiteezg")
_LEET_L = str.maketrans("0134578@$!|+€£26", "oleastbaslitelzg")
_LIST_LINE = re.compile(
    r"(?:^|\n)[ \t]{0,8}(?:\(?\w{1,3}[.):\]]|[\-*•+>])[ \t]{1,4}"
    r"(?=[^\s:=]{1,20}(?: [^\s:=]{1,20})?[ \t]{0,4}(?:\n|$))"
)
_REPEATED = re.compile(r"([^\W\d_])\1{2,}")


def strip_wrappers(view: View) -> View:
    """Return the view without comment marks and markup around or inside words."""
    view = substitute(view, _WRAPPER, lambda _: "", name="")
    view = substitute(view, _COMMENT_LINE, lambda _: " ", name="")
    return substitute(view, _REPEATED, lambda match: match[1], name="")


def join_strings(view: View) -> View:
    """Return the view with concatenated string literals read as one."""
    return substitute(view, _CONCATENATION, lambda _: "", name="concatenation")


def join_list(view: View) -> View:
    """Return the view with a list of one or two words a line read as a sentence."""
    if len(_LIST_LINE.findall(view.text)) < LIST_LINES:
        return view
    return substitute(view, _LIST_LINE, lambda _: " ", name="list")


def join_letters(view: View) -> View:
    """Return the view with letters that stand apart joined to words."""
    view = substitute(view, _SPACED_TEXT, _spaced_text, name="spaced")
    if len(_SPACED.findall(view.text)) >= SPACED_WORDS:
        view = substitute(view, _SPACED, _spaced_word, name="spaced")
        view = substitute(view, _SPACED_SHORT, _spaced_word, name="spaced")
    else:
        view = substitute(view, _SPACED, _spaced_word, name="spaced")
    return substitute(view, _COLUMN, lambda match: re.sub(r"\s+", "", match[0]), name="column")


def _spaced_text(match: re.Match[str]) -> str:
    words = re.split(r" {2,}", match[0])
    return " ".join(word.replace(" ", "") for word in words)


def _spaced_word(match: re.Match[str]) -> str:
    return "".join(one for one in match[0] if one.isalnum() or one in "'")


def read_leet(view: View, *, known: Collection[str]) -> View:
    """Return the view with digits and marks inside words read as letters, if that yields words.

    Args:
        view: what may be written in leet.
        known: words of any language; at least ``LEET_WORDS`` of them must appear.
    """
    gained = set()

    def plain(match: re.Match[str]) -> str | None:
        word = match[0]
        if len(word) > LEET_CHARACTERS or word.isalpha():
            return None
        # 1 is read as i and as l; whichever makes a word.
        readings = [word.translate(table).lower() for table in (_LEET, _LEET_L)]
        reading = next((one for one in readings if one in known), readings[0])
        if reading in known and len(word) >= 3 and not word.isdigit():
            gained.add(reading)
        return reading

    leet = substitute(view, _LEET_WORD, plain, name="leet")
    return leet if len(gained) >= LEET_WORDS else view
