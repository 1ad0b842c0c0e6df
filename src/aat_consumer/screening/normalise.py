"""Fold letters to one plain form: widths, accents, look-alikes and invisible characters."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from aat_consumer.screening.views import View, substitute

__all__ = ["fold", "hidden_tags", "normalise"]

#: Distinct characters whose folding is remembered.
CACHED_CHARACTERS = 20_000

#: Words of mixed scripts from which on look-alikes are read as Latin letters.
MIXED_WORDS = 2

#: The braille cell without dots: a space among braille, invisible elsewhere.
BLANK_CELL = "\u2800"

#: Letters upside down from which on a text is turned.
TURNED_LETTERS = 4

_NON_ASCII = re.compile(r"[^\x00-\x7f]")
_CONTROL = re.compile(r"\x1b\[[0-?]{0,20}[ -/]{0,5}[@-~]|[\x00-\x08\x0e-\x1f\x7f]")
#: The same in one class of characters, which is a tenth of the time where there is none.
_ANY_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
_TAGS = re.compile(r"[\U000e0020-\U000e007e\U000e0001\U000e007f]{3,}")
_SELECTORS = re.compile(r"[\ufe00-\ufe0f\U000e0100-\U000e01ef]{4,}")
_LETTERS = re.compile(r"[^\W\d_]+")
_LOOKALIKE = re.compile(r"[\u0370-\u058f\u13a0-\u13ff\u2c80-\u2cff\ua4d0-\ua4ff]")
_INVISIBLE = frozenset("\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180e\u3164\uffa0")
_UPSIDE_DOWN = str.maketrans("ɐqɔpǝɟƃɓɥᴉıɾʞlɯuodbɹsʇnʌʍxʎz‘,¡¿", "abcdefgghiijklmnopqrstuvwxyz,'!?")
_TURNED = re.compile("[ɐɔǝɟƃɥᴉɾʞɯɹʇʌʍʎ]")
_LINE = re.compile(r"[^\n'\"]{8,}")
_LATIN = re.compile("[A-Za-z]")

#: Letters without a Unicode decomposition that are read as plain Latin ones in every language.
_PLAIN = dict(
    zip(
        "łŁøØđĐħıĸŧŦɑɡɩɪɢɴʀʟʙʜᴀᴄᴅᴇꜰᴊᴋᴍᴏᴘǫꜱᴛᴜᴠᴡʏᴢⅼ∣ǃƖɐǝɟƃɥᴉɾʞɯɹʇʌʍʎǀꓲ",
        "lLoOdDhiktTagiignrlbhacdefjkmopqstuvwyzlllIaefghijkmrtvwylI",
        strict=True,
    )
) | {"æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ð": "d", "Ð": "D", "þ": "th", "Þ": "Th"}

_LOOKALIKES = str.maketrans(
    "аеорсухѕіјԁһԛԝӏьгпкмтнвАВЕКМНОРСТУХЅІЈԌԚԜЗ"
    "αοερνιτυκωχγβηρΑΒΕΖΗΙΚΜΝΟΡΤΥΧ"
    "օսոցհյզԵԼՏՍՕԱ"
    "ᎪᏴᏟᎠᎬᏀᎻᎥᎫᏦᏞᎷΝᏢᏒᏚᎢᏙᎳᏃ",
    "aeopcyxsijdhqwlbrnkmtnbABEKMHOPCTYXSIJGQW3"
    "aoepvituxwxybnpABEZHIKMNOPTYX"
    "ounghjqELSUOU"
    "ABCDEGHIJKLMNPRSTVWZ",
)


@lru_cache(maxsize=CACHED_CHARACTERS)
def fold(character: str) -> str:
    """Return the plain form of one character; empty for one that cannot be seen."""
    code = ord(character)
    if character in _PLAIN:
        return _PLAIN[character]
    if character == BLANK_CELL:
        return " "
    if 0x1F1E6 <= code <= 0x1F1FF:
        return chr(code - 0x1F1E6 + ord("a"))
    if 0x1F130 <= code <= 0x1F189:
        return chr((code - 0x1F130) % 32 + ord("A")) if (code - 0x1F130) % 32 < 26 else " "
    if 0x249C <= code <= 0x24B5:
        return chr(code - 0x249C + ord("a"))
    category = unicodedata.category(character)
    if character in _INVISIBLE or category in ("Cf", "Cs", "Cn", "Co"):
        return ""
    if category in ("Zs", "Zl", "Zp"):
        return " "
    parts = unicodedata.normalize("NFKD", character)
    plain = "".join(_PLAIN.get(part, part) for part in parts if not unicodedata.combining(part))
    return unicodedata.normalize("NFC", plain)


def hidden_tags(view: View) -> list[tuple[int, int, str, str]]:
    """Return start, end, name and text of what tags, selectors and letters upside down spell."""
    found: list[tuple[int, int, str, str]] = []
    if view.text.isascii():
        return found
    for match in _TAGS.finditer(view.text):
        text = "".join(chr(ord(one) - 0xE0000) for one in match[0] if 0xE0020 <= ord(one) <= 0xE007E)
        found.append((*match.span(), "tag-characters", text))
    for match in _SELECTORS.finditer(view.text):
        codes = (ord(one) for one in match[0])
        values = bytes(code - 0xFE00 if code < 0xFE10 else code - 0xE0100 + 16 for code in codes)
        found.append((*match.span(), "variation-selectors", values.decode("utf-8", "replace")))
    if len(_TURNED.findall(view.text[:4_000])) >= TURNED_LETTERS:
        found += [
            (*match.span(), "upside-down", match[0].lower().translate(_UPSIDE_DOWN)[::-1])
            for match in _LINE.finditer(view.text)
            if len(_TURNED.findall(match[0])) >= TURNED_LETTERS
        ]
    return found


def normalise(view: View) -> View:
    """Return the view with control sequences dropped and every letter in its plain form."""
    if _ANY_CONTROL.search(view.text):
        view = substitute(view, _CONTROL, lambda _: "", name="")
    if view.text.isascii():
        return view
    invisible = _count_inside(view.text)
    view = substitute(view, _NON_ASCII, lambda match: fold(match[0]), name="invisible" if invisible else "")
    if not _LOOKALIKE.search(view.text) or _mixed_words(view.text) < MIXED_WORDS:
        return view
    return substitute(view, _LETTERS, _plain_word, name="confusables")


def _mixed_words(text: str) -> int:
    """Return how many words mix Latin letters with others that look like them."""
    words = (word for word in _LETTERS.findall(text) if not word.isascii())
    return sum(bool(_LATIN.search(word) and _LOOKALIKE.search(word)) for word in words)


def _count_inside(text: str) -> bool:
    """Return whether invisible characters sit inside words, as no keyboard puts them."""
    return len(_INSIDE.findall(text[:20_000])) >= 3


_INSIDE = re.compile("[A-Za-z][\u200b-\u200f\u2060-\u2064\ufeff\u00ad\u202a-\u202e\u2066-\u2069]+[A-Za-z]")


def _plain_word(match: re.Match[str]) -> str | None:
    """Return a word of mixed scripts in Latin letters; leave words of one script alone."""
    word = match[0]
    if word.isascii() or not _LOOKALIKE.search(word):
        return None
    plain = word.translate(_LOOKALIKES)
    if not _LATIN.search(word):
        # A short word wholly of look-alikes: only if its neighbour is Latin is it likely one of ours.
        near = match.string[max(0, match.start() - 3) : match.end() + 3].replace(word, "")
        return plain if plain.isascii() and _LATIN.search(near) else None
    return plain
