"""Remove secrets from what leaves the process: by the name of a key and by the look of a value.

Pure. Text is fed to agents and kept on a server, so when in doubt it goes; what stands in its place
says so, and reads the same each time, so that signatures do not change with the secret.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from aat_reporters.secret_looks import REDACTED, is_card, without_looks

__all__ = ["REDACTED", "Redaction", "session_hash"]

#: Key names whose values go, compared without case, ``-``, ``_`` and spaces, as part of the key.
_SECRET_KEYS = (
    "password",
    "passwd",
    "passphrase",
    "passcode",
    "passwort",
    "pwd",
    "secret",
    "token",
    "apikey",
    "accesskey",
    "accountkey",
    "sharedkey",
    "masterkey",
    "privatekey",
    "signingkey",
    "encryptionkey",
    "authorization",
    "credential",
    "cookie",
    "csrf",
    "xsrf",
    "sessionid",
    "sessid",
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
    r"[\w.-]{0,40}?(?:password|passwd|passphrase|passcode|passwort|pwd|secret|token|authorization|credentials?|cookie"
    r"|(?:api|access|account|shared|master|private|signing|encryption)[_-]?key|csrf\w{0,12}"
    r"|sess(?:ion)?[_-]?(?:id|key)|connection[_-]?string|card[_-]?number|cvv|cvc|ssn)(?:[_-]\w{1,20})?"
)

#: Names that are ordinary words too, so that only ``=``, or quotes around them, make keys of them.
_WORD = r"(?:auth|bearer|jwt|otp|pin|pass|pw|iban)"

#: A key, with what may close it: a quote, a bracket as in ``user[password]=``, either of them escaped.
_KEY = (
    rf"(?<![\w.-])(?:{_NAME}(?:\\{{0,3}}[\"'])?(?:\]|%5D)?\s{{0,3}}(?:=>|:=|==|[:=])"
    rf"|{_WORD}(?:\\{{0,3}}[\"']\s{{0,3}}(?:=>|:)|\s{{0,3}}:?=))\s{{0,3}}"
)

#: A literal, at most longer than a message.
_QUOTED = "|".join(
    rf"{opening}(?:(?!{closing})(?s:\\.|.)){{1,9000}}+{closing}"
    for opening, closing in (
        ('"{3}', '"{3}'),
        ("'{3}", "'{3}"),
        ('"', '"'),
        ("'", "'"),
        # JSON in JSON, and the repr of JSON.
        (r"\\{1,3}[\"']", r"\\{1,3}[\"']"),
    )
)
_OPENING = re.compile(r"\\*(?:\"{3}|'{3}|[\"'])")

#: ``password = "x"``, ``"password": "x"``, ``'password': ['x', 'y']`` in text and in source lines.
_KEY_QUOTED = re.compile(rf"({_KEY}[bru]{{0,2}})({_QUOTED})", re.I)
_KEY_LISTED = re.compile(
    rf"({_KEY}[\[(]\s{{0,3}}[bru]{{0,2}})((?:{_QUOTED})(?:,?\s{{0,3}}[bru]{{0,2}}(?:{_QUOTED})){{0,50}})",
    re.I,
)

#: A literal whose end was cut off with the message's.
_KEY_CUT = re.compile(rf"({_KEY}[\[(]?[bru]{{0,2}}[\"'])[^\s\"']{{6,9000}}\Z", re.I)

#: ``('password', 'x')``, as headers are kept, and ``'--password', 'x'``, as commands are.
_PAIRED = re.compile(
    rf"(\(\s{{0,3}}b?([\"']){_NAME}\2,\s{{0,3}}b?)({_QUOTED})(?=\s{{0,3}}\))"
    rf"|(([\"'])--?{_NAME}\5,\s{{0,3}})({_QUOTED})",
    re.I,
)

_LITERAL = re.compile(_QUOTED)

#: ``password=x`` in running text and in literals only: in source it would be a name and not a secret.
_KEY_BARE = re.compile(
    rf"({_KEY})((?:Bearer|Basic|Token|Digest)\s+)?"
    r"([(\[<]{0,2}(?!%(?:[a-z]\b|\()|\$\{)[^\s\"',;&(){}\[\]<>][^\s\"',;&(){}<>]{0,9000})",
    re.I,
)
_OPTION = re.compile(rf"(--{_NAME}\s+)([^\s\"'-][^\s\"']{{0,9000}})", re.I)
_ELEMENT = re.compile(rf"(<{_NAME}>)[^<]{{1,9000}}(?=</)", re.I)

#: Headers whose value has several parts: cookies, and signatures of requests.
_HEADER = re.compile(
    r"(cookie:\s{0,3})(?:[\w.-]{1,200}=[^\s;\"']{0,4000};?\s?){1,100}"
    r"|(authorization:\s{0,3}[\w-]{1,40}\s+)(?=\w{1,40}=)[^\r\n]{1,9000}",
    re.I,
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
_PLAIN_KEY = re.compile(r"[\w.-]{1,60}")
_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")

#: What a secret in a text has at least one of; a text without it is passed over in a microsecond.
_WORTH_A_LOOK = re.compile(
    r"pass|pwd|secret|token|key|auth|cred|cookie|csrf|sess|connection|card|cvv|cvc|ssn|://|bearer|basic|eyJ|gh[pousr]_"
    r"|github_|gl[a-z]{2,5}-|xox|xapp|sk[-_]|rk_|whsec|sq0|AIza|ya29|GOCSPX|npm_|pypi-|do[opr]_|dckr|dapi|hf_|hv[sbr]\."
    r"|SG\.|shp|A[KSRI][IO][AD]|\bS[UAOCXN]|BEGIN|hooks\.|discord|telegram|\b(?:jwt|otp|pin|pw|iban)\b"
    r"|[?&;][\w-]{2,20}="
    r"|\d(?:[ -]{0,2}\d){12}",
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
            text = without_looks(text)
            text = _HEADER.sub(lambda header: f"{header[1] or header[2]}{REDACTED}", text)
            text = _KEY_CUT.sub(rf"\1{REDACTED}", _quoted_values(text))
            text = _PAIRED.sub(_paired, text)
            text = _ELEMENT.sub(rf"\1{REDACTED}", text)
            text = _KEY_BARE.sub(_bare, text)
            text = _OPTION.sub(rf"\1{REDACTED}", text)
            text = _QUERY.sub(rf"\1{REDACTED}", text)
        return _EMAIL.sub(REDACTED, text) if self.emails else text

    def code(self, line: str) -> str:
        """Scrub a source line: literals go, names stay, so that it can still be found."""
        if _WORTH_A_LOOK.search(line):
            line = _quoted_values(without_looks(line))
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
            if len(value) == 2 and isinstance(value[0], str) and _PLAIN_KEY.fullmatch(value[0]):
                # A pair may be a key and its value, as headers are kept.
                return [self.text(value[0]), self._entry(*value)]
            return [self.value(item) for item in value]
        if isinstance(value, int) and not isinstance(value, bool) and is_card(str(value)):
            return REDACTED
        return value


def session_hash(session: str) -> str:
    """Give what a session id is published as: its errors can be told together, nobody can use it."""
    if _SESSION_HASH.fullmatch(session):
        return session
    return f"sha256:{hashlib.sha256(session.encode('utf-8', 'replace')).hexdigest()[:16]}"


def _folded(key: str) -> str:
    return key.casefold().replace("_", "").replace("-", "").replace(" ", "")


def _quoted_values(text: str) -> str:
    text = _KEY_LISTED.sub(lambda found: found[1] + _in_its_quotes(found[2]), text)
    return _KEY_QUOTED.sub(lambda found: found[1] + _in_its_quotes(found[2]), text)


def _paired(match: re.Match[str]) -> str:
    key, value = (match[1], match[3]) if match[1] else (match[4], match[6])
    return key + _in_its_quotes(value)


def _in_its_quotes(literal: str) -> str:
    opening = _OPENING.match(literal)
    quotes = opening[0] if opening else ""
    return f"{quotes}{REDACTED}{quotes}"


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
