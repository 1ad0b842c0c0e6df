"""Write a text in the disguises that attackers use; made for these tests, apart from the decoders."""

from __future__ import annotations

import base64
import bz2
import codecs
import gzip
import html
import json
import quopri
import zlib
from collections.abc import Callable, Sequence
from urllib.parse import quote

__all__ = ["DISGUISES"]

_CYRILLIC = str.maketrans("aeopcyxAEOPCTX", "аеорсухАЕОРСТХ")
_GREEK = str.maketrans("oavipO", "οανιρΟ")
_SMALL_CAPS = str.maketrans("abcdefghijklmnoprstuvwyz", "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ")
_LEET = str.maketrans("aeiost", "431057")
_MORSE = {
    "a": ".-",
    "b": "-...",
    "c": "-.-.",
    "d": "-..",
    "e": ".",
    "f": "..-.",
    "g": "--.",
    "h": "....",
    "i": "..",
    "j": ".---",
    "k": "-.-",
    "l": ".-..",
    "m": "--",
    "n": "-.",
    "o": "---",
    "p": ".--.",
    "q": "--.-",
    "r": ".-.",
    "s": "...",
    "t": "-",
    "u": "..-",
    "v": "...-",
    "w": ".--",
    "x": "-..-",
    "y": "-.--",
    "z": "--..",
}


def _caesar(text: str, distance: int) -> str:
    def turn(one: str) -> str:
        first = ord("A") if one.isupper() else ord("a")
        return chr((ord(one) - first + distance) % 26 + first) if one.isascii() and one.isalpha() else one

    return "".join(map(turn, text))


def _shifted(text: str, start: int, *, first: str = "a") -> str:
    return "".join(
        chr(start + ord(one.lower()) - ord(first)) if one.isascii() and one.isalpha() else one for one in text
    )


def _rot47(text: str) -> str:
    return "".join(chr(33 + (ord(one) - 33 + 47) % 94) if 33 <= ord(one) < 127 else one for one in text)


def _between(text: str, mark: str) -> str:
    return " ".join(mark.join(word) for word in text.split(" "))


def _atbash(text: str) -> str:
    return "".join(chr(ord("a") + ord("z") - ord(one)) if "a" <= one <= "z" else one for one in text.lower())


def _base58(text: str) -> str:
    number, letters = int.from_bytes(text.encode(), "big"), ""
    while number:
        number, rest = divmod(number, 58)
        letters = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"[rest] + letters
    return letters


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


#: Name and disguise.
DISGUISES: dict[str, Callable[[str], str]] = {
    "plain": lambda text: text,
    "upper": str.upper,
    "alternating_case": lambda text: "".join(o.upper() if i % 2 else o.lower() for i, o in enumerate(text)),
    "base64": lambda text: _b64(text.encode()),
    "base64_url": lambda text: base64.urlsafe_b64encode(text.encode()).decode().rstrip("="),
    "base64_twice": lambda text: _b64(_b64(text.encode()).encode()),
    "base64_utf16": lambda text: _b64(text.encode("utf-16-le")),
    "base64_gzip": lambda text: _b64(gzip.compress(text.encode(), mtime=0)),
    "base64_zlib": lambda text: _b64(zlib.compress(text.encode())),
    "base64_bz2": lambda text: _b64(bz2.compress(text.encode())),
    "base64_rot13": lambda text: _b64(codecs.encode(text, "rot13").encode()),
    "base32": lambda text: base64.b32encode(text.encode()).decode(),
    "base58": _base58,
    "ascii85": lambda text: base64.a85encode(text.encode(), adobe=True).decode(),
    "base85": lambda text: base64.b85encode(text.encode()).decode(),
    "hex": lambda text: text.encode().hex(),
    "hex_spaced": lambda text: text.encode().hex(" "),
    "hex_colons": lambda text: text.encode().hex(":"),
    "hex_escapes": lambda text: "".join(f"\\x{one:02x}" for one in text.encode()),
    "binary": lambda text: " ".join(f"{one:08b}" for one in text.encode()),
    "octal_escapes": lambda text: "".join(f"\\{one:03o}" for one in text.encode()),
    "decimal": lambda text: " ".join(str(one) for one in text.encode()),
    "char_calls": lambda text: "+".join(f"chr({one})" for one in text.encode()),
    "unicode_escapes": lambda text: "".join(f"\\u{ord(one):04x}" for one in text),
    "unicode_braces": lambda text: "".join(f"\\u{{{ord(one):x}}}" for one in text),
    "code_points": lambda text: " ".join(f"U+{ord(one):04X}" for one in text),
    "percent": lambda text: "".join(f"%{one:02X}" for one in text.encode()),
    "percent_twice": lambda text: quote(quote(text, safe=""), safe=""),
    "entities_decimal": lambda text: "".join(f"&#{ord(one)};" for one in text),
    "entities_hex": lambda text: "".join(f"&#x{ord(one):x};" for one in text),
    "entities_twice": lambda text: html.escape("".join(f"&#{ord(one)};" for one in text)),
    "json_in_json": lambda text: json.dumps(json.dumps(json.dumps({"note": text}))),
    "quoted_printable": lambda text: (
        quopri.encodestring(
            "".join(f"={one:02X}" if not chr(one).isspace() else " " for one in text.encode()).encode()
        )
        .decode()
        .replace("=3D", "=")
    ),
    "rot13": lambda text: codecs.encode(text, "rot13"),
    "rot47": _rot47,
    "caesar3": lambda text: _caesar(text, 3),
    "caesar19": lambda text: _caesar(text, 19),
    "atbash": _atbash,
    "reversed": lambda text: text[::-1],
    "reversed_words": lambda text: " ".join(word[::-1] for word in text.split()),
    "morse": lambda text: " / ".join(" ".join(_MORSE.get(o, "") for o in w) for w in text.lower().split()),
    "fullwidth": lambda text: "".join(chr(ord(o) + 0xFEE0) if "!" <= o <= "~" else o for o in text),
    "math_bold": lambda text: _shifted(text, 0x1D41A),
    "math_script": lambda text: _shifted(text, 0x1D4EA),
    "circled": lambda text: _shifted(text, 0x24D0),
    "regional": lambda text: _shifted(text, 0x1F1E6),
    "small_caps": lambda text: text.lower().translate(_SMALL_CAPS),
    "cyrillic": lambda text: text.translate(_CYRILLIC),
    "greek": lambda text: text.translate(_GREEK),
    "combining": lambda text: "".join(o + "\u0336\u0301" if o.isalpha() else o for o in text),
    "zero_width": lambda text: "\u200b".join(text),
    "soft_hyphen": lambda text: "\u00ad".join(text),
    "bidi": lambda text: "\u202e" + "\u2066".join(text) + "\u202c",
    "tag_characters": lambda text: "ok " + "".join(chr(0xE0000 + ord(one)) for one in text),
    "selectors": lambda text: "ok" + "".join(chr(0xE0100 + one - 16) for one in text.encode()),
    "leet": lambda text: text.lower().translate(_LEET),
    "spaced": lambda text: "   ".join(" ".join(word) for word in text.split()),
    "dotted": lambda text: _between(text, "."),
    "underscored": lambda text: _between(text, "_"),
    "slashed": lambda text: _between(text, "/"),
    "snake_case": lambda text: text.replace(" ", "_"),
    "glued": lambda text: text.replace(" ", "").lower(),
    "camel": lambda text: "".join(word.capitalize() for word in text.split()),
    "concatenated": lambda text: " + ".join(f'"{text[i : i + 5]}"' for i in range(0, len(text), 5)),
    "comment_inside": lambda text: " ".join(w[:2] + "/**/" + w[2:] for w in text.split()),
    "markup_inside": lambda text: " ".join(w[:2] + "<b></b>" + w[2:] for w in text.split()),
    "ansi": lambda text: " ".join(f"\x1b[31m{w[:3]}\x1b[0m{w[3:]}" for w in text.split()),
    "scrambled": lambda text: " ".join(
        w[0] + w[1:-1][::-1] + w[-1] if len(w) > 5 else w for w in text.split()
    ),
    "repeated_letters": lambda text: " ".join(w[0] + w[1:2] * 3 + w[2:] for w in text.split()),
}


def _utf7(text: str) -> str:
    return "".join(
        "+" + _b64(one.encode("utf-16-be")).rstrip("=") + "-" if one != " " else " " for one in text
    )


DISGUISES["utf7"] = _utf7

_NATO = [
    "alfa",
    "bravo",
    "charlie",
    "delta",
    "echo",
    "foxtrot",
    "golf",
    "hotel",
    "india",
    "juliett",
    "kilo",
    "lima",
    "mike",
    "november",
    "oscar",
    "papa",
    "quebec",
    "romeo",
    "sierra",
    "tango",
    "uniform",
    "victor",
    "whiskey",
    "xray",
    "yankee",
    "zulu",
]
_BRAILLE = "⠁⠃⠉⠙⠑⠋⠛⠓⠊⠚⠅⠇⠍⠝⠕⠏⠟⠗⠎⠞⠥⠧⠺⠭⠽⠵"
_SUPERSCRIPT = str.maketrans("abcdefghijklmnoprstuvwxyz", "ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻ")
_UPSIDE_DOWN = str.maketrans("abcdefghijklmnopqrstuvwxyz", "ɐqɔpǝɟƃɥᴉɾʞlɯuodbɹsʇnʌʍxʎz")
_KEY_TO_THE_RIGHT = str.maketrans("qwertyuiopasdfghjklzxcvbnm", "wertyuiop[sdfghjkl;xcvbnm,")


def _letters(text: str, alphabet: Sequence[str], *, between: str = "") -> str:
    return between.join(alphabet[ord(one) - ord("a")] if "a" <= one <= "z" else one for one in text.lower())


def _hexdump(text: str) -> str:
    data = text.encode()
    lines = []
    for place in range(0, len(data), 16):
        digits = data[place : place + 16].hex()
        groups = " ".join(digits[at : at + 4] for at in range(0, len(digits), 4))
        lines.append(f"{place:08x}: {groups}  ................")
    return "\n" + "\n".join(lines)


def _pig_latin(text: str) -> str:
    return " ".join(
        word + "way" if word[:1].lower() in "aeiou" else word[1:] + word[:1] + "ay" for word in text.split()
    )


DISGUISES |= {
    "hexdump": _hexdump,
    "hex_array": lambda text: "[" + ", ".join(hex(one) for one in text.encode()) + "]",
    "from_char_code": lambda text: "String.fromCharCode(" + ",".join(str(ord(one)) for one in text) + ")",
    "letter_numbers": lambda text: " ".join(
        "-".join(str(ord(one) - 96) for one in word if "a" <= one <= "z") for word in text.lower().split()
    ),
    "braille": lambda text: _letters(text.replace(" ", "\u2800"), _BRAILLE),
    "spelling_alphabet": lambda text: _letters(text.replace(" ", ""), _NATO, between=" "),
    "superscript": lambda text: text.lower().translate(_SUPERSCRIPT),
    "squared": lambda text: _shifted(text, 0x1F130),
    "parenthesised": lambda text: _shifted(text, 0x249C),
    "upside_down": lambda text: text.lower().translate(_UPSIDE_DOWN)[::-1],
    "next_key": lambda text: text.lower().translate(_KEY_TO_THE_RIGHT),
    "pig_latin": _pig_latin,
    "numbered_list": lambda text: "\n" + "\n".join(f"{at}. {w}" for at, w in enumerate(text.split(), 1)),
    "word_per_line": lambda text: "\n" + "\n".join(text.split()),
    "comments_between": lambda text: " /* x */ ".join(text.split()),
}
