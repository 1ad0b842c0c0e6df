"""Take out of a message what is data of several words, or of a common one, by what stands around it."""

from __future__ import annotations

import re

from aat_reporters.signature._english import DEEDS, FIRST_NAMES, GRAMMAR
from aat_reporters.signature._words import is_of_sentence

__all__ = ["without_kinds", "without_steps", "without_titles"]

#: A name, or the letter it is cut to.
_CAPITAL = r"[A-ZÀ-Þ](?:[a-zß-ÿ'’-]{1,30}|\.|(?= ))"

_ARTICLES = frozenset(("the", "der", "die", "das", "den", "dem", "la", "le", "les", "el", "los", "il"))
_OF = "of|des|von|vom|van|de|del|della|di|da|du|dos"

#: A title or a name that small words join: ``Ode an die Freude``, ``Duke of York``, ``Sons of 1848``. Without
#: an article behind them, other prepositions stand between two names: ``flight of Ann to Rome``.
_TITLE = re.compile(
    rf"(?<=[^\s.:!?] )({_CAPITAL})(?: {_CAPITAL}){{0,3}}(?:"
    rf"(?: (?:{_OF}))?(?: (?:an|and|at|auf|aus|from|im|in|on|to|und|with))? (?:{'|'.join(sorted(_ARTICLES))})"
    rf"(?: {_CAPITAL}){{1,3}}| (?:{_OF})(?: (?:{_CAPITAL}|\*)){{1,3}}){{1,3}}"
)

#: A place or a firm behind small letters, as in ``late for New Haven``.
_PLACE = re.compile(rf"(?<=[a-z\d*,] )(?:{_CAPITAL} ){{1,3}}{_CAPITAL}")

_FINITE = (
    r"(?:is|was|has|had|does|did|can|cannot|could|will|must|gave|took|ran|got|went|came|kept|lost|hung|died"
    r"|fell|threw|broke|froze|takes|needs|returns|[a-z]{2,20}ed)\b"
)
#: What is done has the names of deeds: ``step upload gave up``, ``job billing failed``.
_STEP = re.compile(
    rf"\b(action|activity|command|job|operation|phase|stage|step|task|workflow) ([a-z]{{3,24}})(?= {_FINITE})"
)
#: Deeds that are also what steps and jobs have: ``job queue is full``.
_PARTS = """
    file form handle hash index level limit line link list lock log map mark monitor name port process program
    queue record run schedule score signal state stock store stream thread track type use wait
"""
_ARE_PARTS = frozenset(_PARTS.split())
_PARTICLE = re.compile(r"[a-z]{3,12}(?:up|out|off|down|over|ing)\Z")

#: What has a name is one, so a plural before the verb is the name: ``queue payments is full``.
_PLURAL = re.compile(
    r"\b(bucket|channel|collection|exchange|group|job|namespace|partition|pipeline|plugin|queue|repo"
    r"|repository|role|service|shard|step|stream|task|team|tenant|topic|vhost|worker|workflow)"
    r" [a-z]{2,24}(?<![aisu])s(?<!series)(?= (?:is|was|has|does) )"
)

#: A number in words behind what has one, as a name: ``gate two is shut``.
_NUMBER = re.compile(
    rf"\b([a-z][\w-]{{1,24}}) (?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)"
    rf"(?= {_FINITE})"
)

#: What things are like, before a thing that is data: ``6 kg of soft wheat``.
_KIND = re.compile(
    r"(\S{1,40} )((?:(?:big|bright|cold|dark|deep|dry|flat|fresh|great|heavy|high|hot|huge|large|light|little"
    r"|long|low|narrow|new|old|plain|pure|raw|rich|ripe|rough|round|sharp|short|small|smooth|soft|special|sweet|thick|thin"
    r"|tiny|warm|wet|whole|wide|young) ){1,3})([a-zß-ÿ][\w'’-]{1,40})"
)
_BEFORE_KIND = frozenset(("of", "to", "by", "in", "on", "at", "for", "with", "from", "into"))


def without_titles(text: str, identity: frozenset[str]) -> str:
    """Replace names of several words, as in ``frame 7 of Ode an die Freude``, ``late for New Haven``.

    Args:
        text: a masked message.
        identity: words that stay.
    """

    def is_word(word: str) -> bool:
        return word in identity or (is_of_sentence(word) and word not in FIRST_NAMES)

    def title(match: re.Match[str]) -> str:
        return match[0] if is_word(match[1]) and match[1].lower() not in _ARTICLES else "*"

    def place(match: re.Match[str]) -> str:
        return match[0] if all(is_word(word) for word in match[0].split()) else "*"

    return _PLACE.sub(place, _TITLE.sub(title, text))


def without_steps(text: str) -> str:
    """Replace a word that stands between what has such names and a verb, where it can only be a name."""
    return _NUMBER.sub(_number, _PLURAL.sub(r"\1 *", _STEP.sub(_step, text)))


def _step(match: re.Match[str]) -> str:
    is_deed = match[2] in DEEDS or _PARTICLE.match(match[2])
    return f"{match[1]} *" if is_deed and match[2] not in _ARE_PARTS else match[0]


def _number(match: re.Match[str]) -> str:
    return match[0] if match[1] in GRAMMAR else f"{match[1]} *"


def without_kinds(text: str) -> str:
    """Drop what a thing is like that is data itself, where no such word is what is wrong with it."""
    return _KIND.sub(_kind, text)


def _kind(match: re.Match[str]) -> str:
    before, thing = match[1].strip(" :,;("), match[3]
    may_be_name = before in _BEFORE_KIND or before not in GRAMMAR
    return f"{match[1]}{thing}" if may_be_name and not is_of_sentence(thing) else match[0]
