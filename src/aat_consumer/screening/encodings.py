"""Find blobs of the base and hex families, compressed or not, and say what they hold."""

from __future__ import annotations

import base64
import binascii
import bz2
import itertools
import lzma
import re
import unicodedata
import zlib
from collections.abc import Callable, Iterator

__all__ = ["decode_blobs"]

#: Most bytes that one compressed blob may unpack to.
UNPACKED_BYTES = 32_000

#: Most characters of one blob that are decoded.
BLOB_CHARACTERS = 24_000

#: Most blobs of one kind in one text; more are read by the other decoders only.
BLOBS = 40

#: Blobs among which these are the longest: forty short ones shall not hide another.
SEEN_BLOBS = 400

#: Share of a decoded text that must be printable before anybody reads it.
PRINTABLE_SHARE = 0.92

_BASE64 = re.compile(r"[A-Za-z0-9+/_\-]{12,}={0,2}")
_WRAPPED64 = re.compile(
    r"(?<![A-Za-z0-9+/])(?:[A-Za-z0-9+/]{4,76}(?:\\n|[\s\"',+]){1,8}){2,400}+[A-Za-z0-9+/]{2,}={0,2}"
)
_BASE32 = re.compile(r"[A-Z2-7]{16,}={0,6}|[a-z2-7]{24,}={0,6}")
#: One of several hex numbers that stand side by side.
_HEX_RUN = re.compile(r"[0-9A-Fa-f]{16,}")
_HEX = re.compile(r"(?:0x|\\x|%|x)?[0-9a-fA-F]{2}(?:[ ,:;\-_]{0,2}(?:0x|\\x|x)?[0-9a-fA-F]{2}){7,}")
_HEXDUMP = re.compile(
    r"(?:(?:^|\n)[ \t]{0,8}(?:0x)?[0-9a-fA-F]{4,8}:? {1,3}"
    r"(?:[0-9a-fA-F]{2,8} {1,2}){1,16}+[^\n]{0,40}){1,400}+"
)
_DUMPED = re.compile(r"^[ \t]*(?:0x)?[0-9a-fA-F]{4,8}:? +((?:[0-9a-fA-F]{2,8} {1,2}){1,16}+)", re.M)
_BINARY = re.compile(r"[01]{7,8}(?:[ ,\-_]?[01]{7,8}){5,}")
_OCTAL = re.compile(r"\b(?:0o?|\\)?[01][0-7]{2}(?:[ ,\\]+(?:0o?)?[01][0-7]{2}){7,}")
_DECIMAL = re.compile(
    r"\b\d{2,3}(?:\)?[\s,;\-+.&#]{1,3}(?:(?:chr|char|String\.fromCharCode|CHAR|CHR)\()?\d{2,3}){7,}"
)
_ASCII85 = re.compile(r"<~([!-uz\s]{8,})~>|(?<!\S)([!-uz]{20,})(?!\S)")
_BASE85 = re.compile(r"(?<![^\s'\"=:])[0-9A-Za-z!#$%&()*+\-;<=>?@^_`{|}~./:\[\]]{20,}")
_BASE58 = re.compile(r"\b[1-9A-HJ-NP-Za-km-z]{16,}\b")
_BASE45 = re.compile(r"[0-9A-Z $%*+\-./:]{24,}")
_UUENCODED = re.compile(r"(?:^|\n)([ -`]{5,62})(?=\n|$)")
_A1Z26 = re.compile(r"\b(?:[1-9]|1\d|2[0-6])(?:[\- ,./|]{1,3}(?:[1-9]|1\d|2[0-6])){9,}\b")

_Z85 = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#"
_B85 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~"
_FROM_Z85 = str.maketrans(_Z85, _B85)
_B58 = {
    letter: place for place, letter in enumerate("123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz")
}
_B45 = {letter: place for place, letter in enumerate("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:")}

Found = tuple[int, int, str, str]


def decode_blobs(text: str) -> Iterator[Found]:
    """Yield start, end, encoding and text for every blob that decodes to something printable."""
    for name, pattern, decode in _KINDS:
        for start, end, blob in _blobs(text, name, pattern):
            blob = blob[:BLOB_CHARACTERS]
            if name in _NEED_DIGIT_OR_CASE and _is_word(blob):
                continue
            try:
                values = decode(blob)
            except (ValueError, binascii.Error, OverflowError, KeyError):
                continue
            for suffix, plain in _readings(values):
                yield start, end, name + suffix, plain


def _blobs(text: str, name: str, pattern: re.Pattern[str]) -> list[tuple[int, int, str]]:
    """Return start, end and letters of the longest blobs of one kind, and of the numbers in them."""
    found = []
    for match in itertools.islice(pattern.finditer(text), SEEN_BLOBS):
        found.append((*match.span(), next((group for group in match.groups() if group), match[0])))
        runs = list(_HEX_RUN.finditer(match[0])) if name == "hex" else []
        if len(runs) > 1:
            found += [(match.start() + run.start(), match.start() + run.end(), run[0]) for run in runs]
    return sorted(found, key=lambda one: one[0] - one[1])[:BLOBS]


def _is_word(blob: str) -> bool:
    """Return whether a blob is an identifier or a path rather than an encoding."""
    letters = blob.rstrip("=")
    return letters.islower() or (
        letters.isupper() and not any(one.isdigit() for one in letters) and len(letters) < 20
    )


def _readings(values: bytes) -> Iterator[tuple[str, str]]:
    """Yield the texts that decoded bytes may be, unpacked if they are compressed."""
    unpacked = _unpack(values)
    if unpacked is not None:
        values = unpacked
    suffix = "" if unpacked is None else "+compressed"
    candidates = [values]
    if len(values) >= 8 and values[1::2].count(0) * 4 > len(values):
        candidates = [values.decode("utf-16-le", "replace").encode("utf-8", "replace")]
    elif len(values) >= 8 and values[::2].count(0) * 4 > len(values):
        candidates = [values.decode("utf-16-be", "replace").encode("utf-8", "replace")]
    for candidate in candidates:
        plain = candidate.decode("utf-8", "replace")
        good = sum(one.isprintable() or _hides(one) for one in plain) - plain.count("\ufffd")
        if len(plain) >= 5 and good >= PRINTABLE_SHARE * len(plain):
            yield suffix, plain


def _hides(character: str) -> bool:
    """Return whether a character that cannot be printed is one that texts hold or hide behind."""
    return character in "\n\r\t\x1b" or unicodedata.category(character) == "Cf"


def _unpack(values: bytes) -> bytes | None:
    """Return what compressed bytes hold, up to the limit; None if they are not compressed."""
    try:
        if values[:2] == b"\x1f\x8b":
            return zlib.decompressobj(31).decompress(values, UNPACKED_BYTES)
        if values[:1] == b"\x78":
            return zlib.decompressobj().decompress(values, UNPACKED_BYTES)
        if values[:3] == b"BZh":
            return bz2.BZ2Decompressor().decompress(values, UNPACKED_BYTES)
        if values[:6] == b"\xfd7zXZ\x00" or values[:3] == b"\x5d\x00\x00":
            return lzma.LZMADecompressor(memlimit=64_000_000).decompress(values, UNPACKED_BYTES)
        if len(values) >= 12 and sum(32 <= one < 127 for one in values) < 0.8 * len(values):
            return zlib.decompressobj(-15).decompress(values, UNPACKED_BYTES) or None
    except (zlib.error, OSError, lzma.LZMAError, EOFError, ValueError):
        return None
    return None


def _base64(blob: str) -> bytes:
    letters = re.sub(r"\\n|[^A-Za-z0-9+/_\-]", "", blob).replace("-", "+").replace("_", "/")
    letters = letters[: len(letters) - (len(letters) % 4 == 1)]
    return base64.b64decode(letters + "=" * (-len(letters) % 4))


def _base32(blob: str) -> bytes:
    letters = blob.rstrip("=").upper()
    try:
        return base64.b32decode(letters + "=" * (-len(letters) % 8))
    except binascii.Error:
        return base64.b32hexdecode(letters + "=" * (-len(letters) % 8))


def _hex(blob: str) -> bytes:
    digits = re.sub(r"0x|\\x|x|[^0-9a-fA-F]", "", blob)
    return bytes.fromhex(digits[: len(digits) - len(digits) % 2])


def _hexdump(blob: str) -> bytes:
    return _hex(" ".join(_DUMPED.findall(blob)))


def _binary(blob: str) -> bytes:
    groups = re.findall(r"[01]+", blob)
    if len(groups) == 1:
        groups = [blob[place : place + 8] for place in range(0, len(blob), 8)]
    return bytes(int(group, 2) & 0xFF for group in groups)


def _octal(blob: str) -> bytes:
    return bytes(int(group, 8) for group in re.findall(r"[01][0-7]{2}", blob))


def _decimal(blob: str) -> bytes:
    return "".join(chr(int(number)) for number in re.findall(r"\d+", blob)).encode("utf-8")


def _letters(blob: str) -> bytes:
    pieces = re.split(r"[,./|]| {2,}|(?<=\d) +(?=\d)" if "-" not in blob else r"[ ,./|]+", blob)
    words = ["".join(chr(96 + int(number)) for number in re.findall(r"\d+", piece)) for piece in pieces]
    return ("" if "-" not in blob else " ").join(words).encode("ascii")


def _ascii85(blob: str) -> bytes:
    return base64.a85decode(re.sub(r"\s", "", blob))


def _base85(blob: str) -> bytes:
    try:
        values = base64.b85decode(blob)
        if sum(32 <= one < 127 for one in values) > 0.8 * len(values):
            return values
    except ValueError:
        pass
    return base64.b85decode(blob.translate(_FROM_Z85)[: len(blob) - len(blob) % 5])


def _base58(blob: str) -> bytes:
    number = 0
    for letter in blob[:2_000]:
        number = number * 58 + _B58[letter]
    return number.to_bytes((number.bit_length() + 7) // 8, "big")


def _base45(blob: str) -> bytes:
    values = bytearray()
    blob = blob.strip()
    for place in range(0, len(blob) - 1, 3):
        digits = [_B45[letter] for letter in blob[place : place + 3]]
        number = sum(digit * 45**power for power, digit in enumerate(digits))
        values += number.to_bytes(2 if len(digits) == 3 else 1, "big")
    return bytes(values)


def _uuencoded(blob: str) -> bytes:
    if len(blob) < 20 or (ord(blob[0]) - 32) % 64 * 4 // 3 > len(blob):
        raise ValueError(blob[:1])
    return binascii.a2b_uu(blob)


#: Kinds whose alphabet is that of plain words.
_NEED_DIGIT_OR_CASE = frozenset({"base64", "base32", "base58"})

_KINDS: tuple[tuple[str, re.Pattern[str], Callable[[str], bytes]], ...] = (
    ("base64", _BASE64, _base64),
    ("base64", _WRAPPED64, _base64),
    ("base32", _BASE32, _base32),
    ("hex", _HEX, _hex),
    ("hexdump", _HEXDUMP, _hexdump),
    ("binary", _BINARY, _binary),
    ("octal", _OCTAL, _octal),
    ("decimal", _DECIMAL, _decimal),
    ("letter-numbers", _A1Z26, _letters),
    ("ascii85", _ASCII85, _ascii85),
    ("base85", _BASE85, _base85),
    ("base58", _BASE58, _base58),
    ("base45", _BASE45, _base45),
    ("uuencoded", _UUENCODED, _uuencoded),
)
