"""Remove secrets that are known by their look, whatever stands around them; pure.

Tokens that name their issuer, passwords in addresses, private keys, card numbers.
"""

from __future__ import annotations

import re

__all__ = ["REDACTED", "is_card", "without_looks"]

#: Stands where a secret stood.
REDACTED = "[redacted]"

#: Tokens that begin with the name of who issued them. Where one ends does not matter: a longer one is no
#: less a secret.
_ISSUED = (
    r"gh[pousr]_[A-Za-z0-9]{20,4000}|github_pat_\w{20,4000}|gl(?:pat|rt|dt|ptt|oas|soat|cbt|ft|imt|agent)-[\w.-]{16,300}"
    r"|x(?:ox[a-z]|app)-[\w-]{10,4000}|sk-ant-[\w-]{10,4000}|sk-(?:proj-)?[\w-]{20,4000}"
    r"|[sr]k_(?:live|test)_\w{10,4000}|whsec_\w{10,4000}|sq0[a-z]{3}-[\w-]{20,100}"
    r"|AIza[\w-]{30,60}|ya29\.[\w.-]{20,4000}|GOCSPX-[\w-]{20,60}|npm_[A-Za-z0-9]{30,60}|pypi-[\w-]{40,4000}"
    r"|do[opr]_v1_[a-f0-9]{40,80}|dckr_(?:pat|oat)_[\w-]{20,100}|dapi[a-f0-9]{32}|hf_[A-Za-z0-9]{20,60}"
    r"|hv[sbr]\.[\w-]{20,4000}|SG\.[\w-]{16,40}\.[\w-]{30,60}|shp(?:at|ca|pa|ss)_[a-f0-9]{32}|key-[a-f0-9]{32}"
    r"|(?:(?:AKIA|ASIA|AROA|AIDA)[A-Z0-9]{16}|S[UAOCXN][A-Z2-7]{56})(?![\w-])"
)

_LOOKS: tuple[tuple[re.Pattern[str], str], ...] = (
    # PEM and PGP blocks, also when cut short.
    (
        re.compile(
            r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?-----(?:(?!-----END).){0,20000}"
            r"(?:-----END [A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?-----)?",
            re.S,
        ),
        REDACTED,
    ),
    # user:password@ in an address of any scheme; the user stays, for it is needed to find the fault. The
    # password may hold "@", and "/" where what stands before that is no port.
    (
        re.compile(
            r"(?<![\w+.-])([a-z][a-z0-9+.-]{1,30}://[^\s:/@\"']{0,200}):(?!\d{1,5}/)[^\s\"']{1,400}@(?!/)",
            re.I,
        ),
        rf"\1:{REDACTED}@",
    ),
    # A token in place of a user: https://ghp_...@host.
    (re.compile(r"(?<![\w+.-])([a-z][a-z0-9+.-]{1,30}://)[^\s:/@\"']{16,400}@", re.I), rf"\1{REDACTED}@"),
    # Addresses that are secrets themselves: whoever knows them may write there.
    (
        re.compile(
            r"(hooks\.slack\.com/(?:services|workflows)/|discord(?:app)?\.com/api/webhooks/|api\.telegram\.org/bot)"
            r"[\w:/-]{8,300}",
            re.I,
        ),
        rf"\1{REDACTED}",
    ),
    (re.compile(r"\b(Bearer|Basic)\s+[A-Za-z0-9._~+/=-]{8,4000}", re.I), rf"\1 {REDACTED}"),
    # JSON web tokens, signed or encrypted; the head begins with {" in base64.
    (re.compile(r"\beyJ[\w-]{5,4000}\.[\w-]{0,8000}(?:\.[\w-]{0,8000}){0,3}"), REDACTED),
    (re.compile(rf"(?<![A-Za-z0-9])(?:{_ISSUED})"), REDACTED),
)

#: Digits as cards are written, with what may stand beside them; kept unless a check digit is right.
_DIGITS = re.compile(r"(?<![\d.])\d(?:[ -]{0,2}\d){12,31}(?![\d.]*\d)")

#: The groups that cards are written in; in shorter ones, tables of numbers are full of right check digits.
_GROUP = re.compile(r"\d{3,}")


def without_looks(text: str) -> str:
    """Give a text with what looks like a secret replaced."""
    for pattern, replacement in _LOOKS:
        text = pattern.sub(replacement, text)
    return _DIGITS.sub(_without_cards, text)


def is_card(digits: str) -> bool:
    """Check the length, the issuer's digit and the check digit (Luhn)."""
    if not 13 <= len(digits) <= 19 or digits[0] not in "23456" or len(set(digits)) < 2:
        return False
    # Of those with 2, Mastercard has 2221 to 2720; most numbers of another kind begin with 1 or 2.
    if digits[0] == "2" and not (len(digits) == 16 and "2221" <= digits[:4] <= "2720"):
        return False
    total = 0
    for position, digit in enumerate(reversed([int(digit) for digit in digits])):
        total += digit if position % 2 == 0 else sum(divmod(digit * 2, 10))
    return total % 10 == 0


def _without_cards(match: re.Match[str]) -> str:
    """Replace the card in a row of digit groups, which may go on with its expiry date."""
    text = match[0]
    groups = [(group.start(), group.end()) for group in _GROUP.finditer(text)]
    for first, (start, _) in enumerate(groups):
        for _, end in reversed(groups[first:]):
            if is_card(re.sub(r"[ -]", "", text[start:end])):
                return f"{text[:start]}{REDACTED}{text[end:]}"
    return text
