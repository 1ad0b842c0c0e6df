"""Remove secrets from what leaves the process: by the name of a key and by the look of a value.

Pure. Text is fed to agents and kept on a server, so when in doubt it goes; what stands in its place
says so, and reads the same each time, so that signatures do not change with the secret.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

__all__ = ["REDACTED", "Redaction", "session_hash"]

#: Stands where a secret stood.
REDACTED = "[redacted]"

#: Key names whose values go, compared without case, ``-``, ``_`` and spaces, as part of the key.
_SECRET_KEYS = (
    "password",
    "passwd",
    "passphrase",
    "pwd",
    "secret",
    "token",
    "apikey",
    "accesskey",
    "privatekey",
    "signingkey",
    "encryptionkey",
    "authorization",
    "credential",
    "cookie",
    "csrf",
    "xsrf",
    "sessionid",
    "sessionkey",
    "connectionstring",
    "cardnumber",
    "creditcard",
    "cvv",
    "cvc",
    "socialsecurity",
)

#: Key names that are secrets only as a whole: ``pin`` is one, ``pinned`` is not.
_SECRET_WORDS = frozenset({"auth", "bearer", "jwt", "otp", "pin", "ssn", "sid", "pass", "dsn", "iban"})

#: Keys that hold such a word and are no secret.
_HARMLESS_KEYS = frozenset({"tokens", "maxtokens", "tokencount", "secretary", "csrfexempt"})

#: A key name in running text; the words of _SECRET_KEYS with what commonly stands around them.
_NAME = (
    r"[\w.-]{0,40}?(?:password|passwd|passphrase|pwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key"
    r"|signing[_-]?key|encryption[_-]?key|authorization|credentials?|cookie|csrf\w{0,12}|session[_-]?(?:id|key)"
    r"|connection[_-]?string|card[_-]?number|cvv|cvc|ssn)(?:[_-]\w{1,20})?"
)

_QUOTED = r"\"(?:[^\"\\]|\\.){1,4000}\"|'(?:[^'\\]|\\.){1,4000}'"

#: ``password = "x"``, ``"password": "x"`` and ``--password 'x'`` in text and in source lines.
_KEY_QUOTED = re.compile(
    rf"((?<![\w.-]){_NAME}[\"']?\]?\s{{0,3}}(?:=>|[:=])\s{{0,3}}[bru]{{0,2}})({_QUOTED})", re.I
)

_LITERAL = re.compile(_QUOTED)

#: ``password=x`` in running text and in literals only: in source it would be a name and not a secret.
_KEY_BARE = re.compile(
    rf"((?<![\w.-]){_NAME}[\"']?\s{{0,2}}[:=]\s{{0,2}})((?:Bearer|Basic|Token|Digest)\s+)?"
    r"([^\s\"',;&(){}\[\]<>%$][^\s\"',;&(){}<>]{0,4000})",
    re.I,
)
_OPTION = re.compile(rf"(--{_NAME}\s+)([^\s\"'-][^\s\"']{{0,4000}})", re.I)

_VALUES: tuple[tuple[re.Pattern[str], str], ...] = (
    # PEM blocks, also when cut short.
    (
        re.compile(
            r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----(?:(?!-----END).){0,20000}"
            r"(?:-----END [A-Z ]{0,30}PRIVATE KEY-----)?",
            re.S,
        ),
        REDACTED,
    ),
    # user:password@ in an address of any scheme; the user stays, for it is needed to find the fault.
    (
        re.compile(r"(?<![\w+.-])([a-z][a-z0-9+.-]{1,30}://[^\s:/@\"']{0,200}):([^\s/@\"']{1,400})@", re.I),
        rf"\1:{REDACTED}@",
    ),
    # A token in place of a user: https://ghp_...@host.
    (re.compile(r"(?<![\w+.-])([a-z][a-z0-9+.-]{1,30}://)[^\s:/@\"']{16,400}@", re.I), rf"\1{REDACTED}@"),
    (re.compile(r"\b(Bearer|Basic)\s+[A-Za-z0-9._~+/=-]{8,4000}", re.I), rf"\1 {REDACTED}"),
    # JSON web tokens: two dots, the head begins with {" in base64.
    (re.compile(r"\beyJ[\w-]{5,4000}\.[\w-]{2,8000}(?:\.[\w-]{0,2000})?"), REDACTED),
    # Tokens that name their issuer.
    (
        re.compile(
            r"\b(?:gh[pousr]_[A-Za-z0-9]{20,255}|github_pat_\w{20,255}|glpat-[\w-]{16,64}|xox[abposre]-[\w-]{10,250}"
            r"|sk-ant-[\w-]{10,250}|sk-(?:proj-)?[\w-]{20,250}|[sr]k_(?:live|test)_\w{10,250}|whsec_\w{10,250}"
            r"|AIza[\w-]{30,60}|ya29\.[\w-]{20,500}|npm_[A-Za-z0-9]{30,60}|pypi-[\w-]{40,250}|dop_v1_[a-f0-9]{40,80}"
            r"|hf_[A-Za-z0-9]{20,60}|SG\.[\w-]{16,40}\.[\w-]{30,60}|shp(?:at|ca|pa|ss)_[a-f0-9]{32}"
            r"|(?:AKIA|ASIA|AROA|AIDA)[A-Z0-9]{16}|S[UAOCXN][A-Z2-7]{56})(?![\w-])"
        ),
        REDACTED,
    ),
)

#: Parameters of a query that are secrets by their place: one-time codes, signed links, tickets.
_QUERY = re.compile(
    r"([?&;](?:code|state|nonce|sig|key|hash|hmac|pw|pass|pin|otp|auth|jwt|sid|ticket|assertion|signature|saml\w{1,12}"
    r"|relaystate|x-(?:amz|goog)-(?:signature|credential|security-token))=)[^\s&;#\"'<>]{1,4000}",
    re.I,
)

#: 64 bits: too few to be guessed from, enough to tell sessions apart.
_SESSION_HASH = re.compile(r"sha256:[0-9a-f]{16}")

_NO_SECRETS = frozenset({"none", "null", "true", "false"})
_PROSE = re.compile(r"\s+[A-Za-z]")

#: 13 to 19 digits as cards are written; kept unless the check digit is right.
_CARD = re.compile(r"(?<![\d.-])\d(?:[ -]?\d){12,18}(?![\d.]*\d)")
_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")

#: What a secret in a text has at least one of; a text without it is passed over in a microsecond.
_WORTH_A_LOOK = re.compile(
    r"pass|pwd|secret|token|key|auth|cred|cookie|csrf|session|connection|card|cvv|cvc|ssn|://|bearer|basic|eyJ|gh[pousr]_"
    r"|github_|glpat|xox|sk[-_]|rk_|whsec|AIza|ya29|npm_|pypi-|dop_|hf_|SG\.|shp|A[KSRI][IO][AD]|\bS[UAOCXN]|BEGIN"
    r"|[?&;][\w-]{2,20}="
    r"|\d[ -]?\d[ -]?\d[ -]?\d[ -]?\d[ -]?\d[ -]?\d[ -]?\d[ -]?\d[ -]?\d[ -]?\d[ -]?\d[ -]?\d",
    re.I,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Redaction:
    """Scrub texts and mappings.

    Args:
        keys: further key names whose values go; compared without case, ``-`` and ``_``.
        emails: replace e-mail addresses too.
    """

    keys: tuple[str, ...] = ()
    emails: bool = False
    _extra: tuple[str, ...] = field(init=False, repr=False, default=())
    _named: re.Pattern[str] | None = field(init=False, repr=False, compare=False, default=None)

    def __post_init__(self) -> None:
        """Prepare the patterns of the further keys."""
        object.__setattr__(self, "_extra", tuple(_folded(key) for key in self.keys))
        if self.keys:
            names = "|".join(re.escape(key) for key in self.keys)
            pattern = rf"((?<!\w)(?:{names})[\"']?\s{{0,2}}[:=]\s{{0,2}})({_QUOTED}|[^\s\"',;&]{{1,4000}})"
            object.__setattr__(self, "_named", re.compile(pattern, re.I))

    def text(self, text: str) -> str:
        """Scrub running text: a message, or a stack nobody took apart."""
        if self._named is not None:
            text = self._named.sub(rf"\1{REDACTED}", text)
        if _WORTH_A_LOOK.search(text):
            text = self._values(text)
            text = _KEY_QUOTED.sub(_quoted, text)
            text = _KEY_BARE.sub(_bare, text)
            text = _OPTION.sub(rf"\1{REDACTED}", text)
            text = _QUERY.sub(rf"\1{REDACTED}", text)
        return _EMAIL.sub(REDACTED, text) if self.emails else text

    def code(self, line: str) -> str:
        """Scrub a source line: literals go, names stay, so that it can still be found."""
        if _WORTH_A_LOOK.search(line):
            line = _KEY_QUOTED.sub(_quoted, self._values(line))
            line = _LITERAL.sub(lambda literal: _KEY_BARE.sub(_bare, literal[0]), line)
        return line

    def is_secret(self, key: str) -> bool:
        """Tell whether a key's name says that its value is a secret."""
        folded = _folded(key)
        if folded in _HARMLESS_KEYS:
            return False
        return (
            folded in _SECRET_WORDS
            or any(word in folded for word in _SECRET_KEYS)
            or any(word in folded for word in self._extra)
        )

    def mapping(self, values: Mapping[str, object]) -> dict[str, object]:
        """Scrub a mapping of plain values, keys and values, at every level."""
        return {self.text(key): self._entry(key, value) for key, value in values.items()}

    def _entry(self, key: str, value: object) -> object:
        if value in (None, "") or not self.is_secret(key):
            return self.value(value)
        return session_hash(str(value)) if _folded(key) == "sessionid" else REDACTED

    def value(self, value: object) -> object:
        """Scrub one plain value."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return self.mapping(value)
        if isinstance(value, list):
            return [self.value(item) for item in value]
        if isinstance(value, int) and not isinstance(value, bool) and _is_card(str(value)):
            return REDACTED
        return value

    def _values(self, text: str) -> str:
        for pattern, replacement in _VALUES:
            text = pattern.sub(replacement, text)
        return _CARD.sub(_card, text)


def session_hash(session: str) -> str:
    """Give what a session id is published as: its errors can be told together, nobody can use it."""
    if _SESSION_HASH.fullmatch(session):
        return session
    return f"sha256:{hashlib.sha256(session.encode('utf-8', 'replace')).hexdigest()[:16]}"


def _folded(key: str) -> str:
    return key.casefold().replace("_", "").replace("-", "").replace(" ", "")


def _quoted(match: re.Match[str]) -> str:
    quote = match[2][0]
    return f"{match[1]}{quote}{REDACTED}{quote}"


def _bare(match: re.Match[str]) -> str:
    value = match[3]
    if value.startswith(REDACTED) or value.casefold() in _NO_SECRETS:
        return match[0]
    if (
        match[1].endswith(": ")
        and value.isalpha()
        and value.islower()
        and _PROSE.match(match.string, match.end())
    ):
        # "invalid password: must have eight characters" tells no password.
        return match[0]
    return f"{match[1]}{match[2] or ''}{REDACTED}"


def _card(match: re.Match[str]) -> str:
    return REDACTED if _is_card(match[0]) else match[0]


def _is_card(text: str) -> bool:
    """Check the length, the issuer's digit and the check digit (Luhn)."""
    digits = [int(character) for character in text if character.isdigit()]
    if not 13 <= len(digits) <= 19 or digits[0] not in (3, 4, 5, 6) or len(set(digits)) < 2:
        return False
    return _luhn(digits)


def _luhn(digits: Iterable[int]) -> bool:
    total = 0
    for position, digit in enumerate(reversed(list(digits))):
        total += digit if position % 2 == 0 else sum(divmod(digit * 2, 10))
    return total % 10 == 0
