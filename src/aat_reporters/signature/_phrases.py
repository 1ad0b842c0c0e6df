"""Take out of a message what is data of several words, or of a common one, by what stands around it."""

from __future__ import annotations

import re

from aat_reporters.signature._english import DEEDS, FIRST_NAMES, GRAMMAR, NAMED
from aat_reporters.signature._words import is_of_sentence

__all__ = ["without_phrases"]

#: A name, or the letter it is cut to.
_CAPITAL = r"[A-ZÀ-Þ](?:[a-zß-ÿ'’-]{1,30}|\.|(?= ))"

_ARTICLES = frozenset(("the", "der", "die", "das", "den", "dem", "la", "le", "les", "el", "los", "il"))
_OF = "of|des|von|vom|van|de|del|della|di|da|du|dos"

#: A title or a name that small words join: ``Ode an die Freude``, ``Duke of York``, ``Sons of 1848``. Without
#: an article behind them, other prepositions stand between two names: ``flight of Ann to Rome``.
_TITLE = re.compile(
    rf"(?:(?<=[^\s.:!?] )|\A)({_CAPITAL})(?: {_CAPITAL}){{0,3}}(?:"
    rf"(?: (?:{_OF}))?(?: (?:an|and|at|auf|aus|from|im|in|on|to|und|with))? (?:{'|'.join(sorted(_ARTICLES))})"
    rf"(?: {_CAPITAL}){{1,3}}| (?:{_OF})(?: (?:{_CAPITAL}|\*)){{1,3}}){{1,3}}"
)

#: A capital within a text.
_CAPITALS = re.compile(r" (?:[A-ZÀ-Þ]|of )")

#: A place or a firm behind small letters, as in ``late for New Haven``.
_PLACE = re.compile(rf"(?<=[a-z\d*,] )(?:{_CAPITAL} ){{1,3}}{_CAPITAL}")

_FINITE = (
    r"(?:is|was|has|had|does|did|can|cannot|could|will|must|gave|took|ran|got|went|came|kept|lost|hung|died"
    r"|fell|threw|broke|froze|takes|needs|returns|[a-z]{2,20}ed)\b"
)
#: What is done has the names of deeds: ``step upload gave up``, ``job billing failed``.
_STEPS = (
    "action", "activity", "command", "feature", "job", "operation", "phase", "plugin", "stage", "step",
    "task", "workflow",
)  # fmt: skip
_STEP = re.compile(rf"\b({'|'.join(_STEPS)}) ([a-z]{{3,24}})(?= {_FINITE})")
#: What steps and jobs have, and what is done to them: ``job queue is full``, ``task delete failed``.
_PARTS = """
    abort accept add answer anything assign backoff binding call cancel cause change check claim commit
    cost count cover create cutoff delete dispatch display end everything exit file finish form get handle
    hash help index init insert kill launch level limit line link list lock log map mapping mark monitor
    name naming nothing order ordering pause ping plan polling port process processing program queue record
    reject release remove report request restart resume retry return run running schedule scheduling score
    setting setup share shutdown signal something start startup state stock stop store stream string submit
    supply thing thread timeout timing track type update use value view wait weight
"""
_ARE_PARTS = frozenset(_PARTS.split())
_PARTICLE = re.compile(r"[a-z]{3,12}(?:up|out|off|down|over|ing)\Z")

#: What has a name is one, so a plural before the verb is the name: ``queue payments is full``.
_GROUPS = """
    bucket channel collection exchange group job namespace partition pipeline plugin queue repo repository
    role service shard step stream task team tenant topic vhost worker workflow
"""
_HAVE_NAMES = frozenset((*_STEPS, *_GROUPS.split()))
_PLURAL = re.compile(
    rf"\b({'|'.join(_GROUPS.split())}) [a-z]{{2,24}}(?<![aisu])s(?<!series)(?= (?:is|was|has|does) )"
)

#: A capital behind a noun in small letters begins its name: ``sheet Summary is locked``.
_TITLED = re.compile(rf"\b({'|'.join(sorted(NAMED - GRAMMAR))}) [A-Z][a-z'’-]{{1,30}}(?= {_FINITE})")

#: What a thing was and should become: ``no transition from DRAFT to PAID``.
_CHANGE = re.compile(
    r"\b((?:transition|transitioned|transitions) from) \w{2,40} to \w{2,40}\b"
    r"|\b((?:change|changed|go|move|moved|state|status|switch|switched) from) [A-Z_]{3,40} to [A-Z_]{3,40}\b"
)

#: What things are like, before a thing that is data: ``6 kg of soft wheat``.
_KINDS = """
    big bright cold dark deep dry flat fresh great heavy high hot huge large light little long low narrow new
    old plain pure raw rich ripe rough round sharp short small smooth soft special sweet thick thin tiny warm
    wet whole wide young
"""
_ARE_KINDS = frozenset(_KINDS.split())
_KIND = re.compile(rf"(\S{{1,40}} )((?:(?:{'|'.join(sorted(_ARE_KINDS))}) ){{1,3}})([a-zß-ÿ][\w'’-]{{1,40}})")
_BEFORE_KIND = frozenset(("of", "to", "by", "in", "on", "at", "for", "with", "from", "into", "no"))

#: A number in words, nothing, or what a thing is like, between what it belongs to and what became of it:
#: ``gate two is shut``, ``user null not found``.
_VALUES = """
    one two three four five six seven eight nine ten eleven twelve null nil undefined
"""
_NUMBER = re.compile(
    r"(?<![-\w])(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozen)(?![-\w])"
)
_ARE_VALUES = frozenset(_VALUES.split())
_TOLD_APART = re.compile(
    rf"\b([a-z][\w-]{{1,24}}) (?:{'|'.join(sorted(_ARE_VALUES | _ARE_KINDS))})(?= {_FINITE}| not |:)"
)


def without_phrases(text: str, found: frozenset[str], identity: frozenset[str], *, everywhere: bool) -> str:
    """Replace what its surroundings tell to be data, though it looks like words.

    Args:
        text: a masked message.
        found: its words in lower case; what none of them can be part of is not looked for.
        identity: words that stay.
        everywhere: drop also what things are like: no other word of the message stays if it is unknown.
    """
    if not _HAVE_NAMES.isdisjoint(found):
        text = _PLURAL.sub(r"\1 *", _STEP.sub(_step, text))
    has_kinds = not _ARE_KINDS.isdisjoint(found)
    if has_kinds or not _ARE_VALUES.isdisjoint(found):
        text = _TOLD_APART.sub(_told_apart, text)
        if everywhere:
            text = _NUMBER.sub("*", text)
    if "from" in found and "to" in found:
        text = _CHANGE.sub(_change, text)
    if _CAPITALS.search(text):
        text = _TITLED.sub(r"\1 *", _without_titles(text, identity))
    if everywhere and has_kinds:
        text = _KIND.sub(_kind, text)
    return text


def _without_titles(text: str, identity: frozenset[str]) -> str:
    def is_word(word: str) -> bool:
        return word in identity or (is_of_sentence(word) and word not in FIRST_NAMES)

    def title(match: re.Match[str]) -> str:
        return match[0] if is_word(match[1]) and match[1].lower() not in _ARTICLES else "*"

    def place(match: re.Match[str]) -> str:
        return match[0] if all(is_word(word) for word in match[0].split()) else "*"

    return _PLACE.sub(place, _TITLE.sub(title, text))


def _step(match: re.Match[str]) -> str:
    is_deed = match[2] in DEEDS or _PARTICLE.match(match[2])
    return f"{match[1]} *" if is_deed and match[2] not in _ARE_PARTS else match[0]


def _change(match: re.Match[str]) -> str:
    return f"{match[1] or match[2]} *"


def _told_apart(match: re.Match[str]) -> str:
    return match[0] if match[1] in GRAMMAR or match[1] in _ARE_KINDS else f"{match[1]} *"


def _kind(match: re.Match[str]) -> str:
    before, thing = match[1].strip(" :,;("), match[3]
    may_be_name = before in _BEFORE_KIND or before not in GRAMMAR
    return f"{match[1]}{thing}" if may_be_name and not is_of_sentence(thing) else match[0]
