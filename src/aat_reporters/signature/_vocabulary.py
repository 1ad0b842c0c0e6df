"""List the words that decide whether a value in a message is data or identity."""

from __future__ import annotations

import re

__all__ = [
    "CODE_NAME",
    "CODE_NAME_BEFORE",
    "CONSTRUCTORS",
    "CURRENCIES",
    "IS_EVENT_KEY",
    "IS_STATUS_KEY",
    "IS_TEXT_KEY",
    "NAME_AFTER",
    "OBJECT_AFTER",
    "OBJECT_BEFORE",
    "REASON_AFTER",
    "REQUEST_BEFORE",
    "SHORT_NAME",
    "SHORT_NAME_AFTER",
    "TECHNICAL_NAME",
    "UNITS",
    "WEAK_CODE_AFTER",
    "is_code_before",
    "is_name_before",
    "is_weak_code_before",
    "makes_codes",
    "may_be_code",
]

#: Names with digits that are no data: encodings, algorithms, protocols, machine types.
TECHNICAL_NAME = re.compile(
    r"utf[-_]?(?:7|8|16|32)(?:[-_]?(?:le|be|sig|mb[34]))?|ucs[-_]?[24]|utf8mb[34]|latin[-_]?\d{1,2}"
    r"|iso[-_]?\d{4,5}(?:[-_]\w{1,4})?|cp\d{3,5}|windows[-_]\d{3,4}|koi8[-_]?[ru]|big5|gb(?:2312|18030)"
    r"|base(?:16|32|58|62|64|85)(?:url)?|md[2456]|sha[-_]?(?:[0123]|224|256|384|512)(?:[-_/]\d{3})?"
    r"|crc(?:8|16|32|64)\w?|blake[23]\w?|ripemd[-_]?\d{3}|(?:aes|rsa|hmac|des)[-_]?\d{1,4}(?:[-_]\w{2,6})?"
    r"|rc[245]|rot13|ed(?:25519|448)|x(?:25519|448|509)"
    r"|u?int(?:8|16|32|64|128)(?:_t)?|(?-i:[ui](?:8|16|32|64|128)|f(?:32|64))|float(?:16|32|64|128)"
    r"|h?ttp/?[123](?:\.\d)?"
    r"|tls\w{0,2}[\d.]*|ssl\w{0,2}[\d.]+|ipv?[46]|oauth[12]?(?:\.0)?|log4\w|k8s|i18n|l10n"
    r"|ec2|h26[45]|mp[34]|x86(?:_64)?"
    r"|amd64|arm64|win32|sqlite3|python[23]?|http2|http3|web3|argon2\w{0,2}|b2b|p2p|2fa"
    r"|b64|e2e|psycopg[23]?"
    r"|mysql2|boto3|urllib3|libxml2|pbkdf2|bz2|7z|lz4|neo4j|vue[23]|es(?:[5-9]|20\d\d)|log2"
    r"|log10|atan2",
    re.I,
)

#: Short names that are as likely a seat, unless they begin the text or a noun of theirs stands behind.
SHORT_NAME = re.compile(r"s3|v8|d3|r2|f5", re.I)
SHORT_NAME_AFTER = re.compile(
    r" (?:bucket|object|storage|upload|download|client|engine|isolate|api)s?\b", re.I
)

#: Names of statuses, errors of the system and signals: identity wherever they stand.
CODE_NAME = re.compile(
    r"(?:(?:grpc\.)?StatusCode\.\w{2,40}|E(?:PERM|NOENT|SRCH|INTR|IO|NXIO|BADF|CHILD|AGAIN|NOMEM"
    r"|ACCES|FAULT|BUSY|EXIST|XDEV|NODEV|NOTDIR|ISDIR"
    r"|INVAL|NFILE|MFILE|FBIG|NOSPC|SPIPE|ROFS|MLINK|PIPE|DEADLK|NAMETOOLONG|NOLCK|NOTEMPTY|LOOP"
    r"|PROTO|OVERFLOW"
    r"|NOTSOCK|MSGSIZE|ADDRINUSE|ADDRNOTAVAIL|NETDOWN|NETUNREACH|NETRESET|CONNABORTED|CONNRESET"
    r"|NOBUFS|NOTCONN"
    r"|TIMEDOUT|TIMEOUT|CONNREFUSED|HOSTDOWN|HOSTUNREACH|ALREADY|INPROGRESS|STALE|DQUOT|CANCELED"
    r"|SOCKETTIMEDOUT"
    r"|NOTFOUND|LIFECYCLE|RESOLVE|INTEGRITY|AI_\w{3,12})|SIG[A-Z]{2,8}|ERR_[A-Z_]{3,60}"
    r"|(?:DEADLINE|RESOURCE)_\w{3,20}"
    r"|EXC_[A-Z_]{3,30}|KERN_[A-Z_]{3,40}|SQLITE_[A-Z_]{3,40}|WSAE[A-Z]{3,20}"
    r"|UNAVAILABLE|NOT_FOUND|ALREADY_EXISTS|PERMISSION_DENIED|UNAUTHENTICATED"
    r"|FAILED_PRECONDITION|OUT_OF_RANGE"
    r"|INVALID_ARGUMENT|UNIMPLEMENTED|INTERNAL|DATA_LOSS|CANCELLED|ABORTED)"
)
CODE_NAME_BEFORE = re.compile(r"\b(?:code|status)(?: code)? ?[=:] ?\Z", re.I)

#: Currencies as they stand beside amounts.
CURRENCIES = "EUR|USD|GBP|CHF|JPY|CNY|INR|SEK|NOK|DKK|PLN|CZK|AUD|CAD|BRL|BTC|ETH"

#: Units that are folded into the number before them, so that ``30s``, ``2 minutes`` and ``1h30m`` are one.
UNITS = (
    r"(?:ns|us|µs|ms|msecs?|millis(?:econds?)?|secs?|seconds?|mins?|minutes?|hrs?|hours?|days?"
    r"|weeks?|months?|years?|[kKMGTPE]?i?B(?:ytes?|/s|ps)?|[kmgt]b(?:/s|ps)?|[KMG]bps|bytes?(?:/s)?|bits?"
    r"|[kKMG]?Hz|rpm|percent|%|px|°[CF]?|(?:m|k|c)m|k?g|(?:m|k)?[WVA]"
    rf"|{CURRENCIES}|[€£¥$]|s|m|h|d)"
)

#: Constructors whose repr is data as a whole.
CONSTRUCTORS = (
    r"(?:datetime\.)?(?:datetime|date|time|timedelta|timezone)|(?:decimal\.)?Decimal|(?:uuid\.)?UUID"
    r"|(?:Pure)?(?:Posix|Windows)Path|Path|Timestamp|ObjectId|Fraction|array|deque|OrderedDict|defaultdict"
    r"|Counter|frozenset|set|dict|list|tuple|bytearray|memoryview|range|slice|IPv[46](?:Address|Network)"
    r"|QuerySet|SimpleNamespace|np\.\w{1,10}|Array|Map|Set|HashMap|Vec|Some"
)

#: A number right behind these is a status or error code, whatever follows.
_STRONG_CODE_BEFORE = re.compile(
    r"(?:\b(?:https?(?:\s?error|\s?status|/\d(?:\.\d)?)?(?:\s?code)?|status(?:[\s_-]?code)?|status\sof"
    r"|sqlstate|(?:smtp|ftp|imap|ldap|sip)(?:\s(?:error|code|reply))?|errno|os\serror"
    r"|win(?:dows)?\s?error|exit(?:ed)?(?:[\s_-]?(?:with|code|status|value))*"
    r"|signal|system error|response\scode|return\s?code|result\scode|reply\scode"
    r"|error\s?(?:code|number|no)\.?|response\s\[|[2-5]xx|hresult|rc|returncode|killed by|failed with result)"
    r"|\(code:?|(?:\A|\n)(?:fatal\s)?error(?=\s))"
    r"['\"]?(?:\s(?:is|was|of|with|code|error))?[\s:=#(\[]{0,3}\Z",
)

#: A status-like number behind these is one only if the sentence does not go on with a noun.
_WEAK_CODE_BEFORE = re.compile(
    r"(?:\b(?:(?:code|error|returned|returning|returns|answered|answers|responded|responds|got|received|response"
    r"|failed|failure|said|says|reply|replied|replies|unexpected|request|died|crashed|terminated|quit)(?:\s(?:with|was|is|an?))?"
    r"|non|the\sserver\ssaid)|(?:->|=>|→)(?:\s(?:with|was|is|an?))?)[\s:=(\[-]{0,3}\Z",
)
WEAK_CODE_AFTER = re.compile(
    r"[)\]'\"`]?(?:\Z|[,.;:)\n]|\s(?:for|from|on|at|when|while|after|to|by|via|in|response|error"
    r"|status|and|\(|\[|-|<|;|[A-Z]))"
)

#: What follows a status at the start of a phrase: ``404 Client Error``.
REASON_AFTER = re.compile(
    r"\s\d\.\d\.\d{1,3}\b|[:)\]]?\s?[-(]?\s?(?:client error|server error|(?:page )?not found"
    r"|bad request|unauthori[sz]ed"
    r"|forbidden|payment required"
    r"|method not allowed|not acceptable|proxy auth|request time-?out|conflict|gone\b"
    r"|length required|precondition"
    r"|payload too large|request entity|uri too long|unsupported media|range not"
    r"|expectation failed|misdirected"
    r"|unprocessable|locked\b|too early|upgrade required|too many requests|internal server"
    r"|not implemented|bad gateway"
    r"|service (?:temporarily )?unavailable|gateway time-?out|http version|insufficient storage"
    r"|moved|found\b|see other"
    r"|not modified|temporary redirect|permanent redirect|no content|created\b|accepted\b)",
    re.I,
)

#: A request as access logs have it: the status stands behind what was asked for.
REQUEST_BEFORE = re.compile(r"\b(?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) \S{1,400} \Z")

#: Behind these stands an identifier of code or schema, quoted or with digits. In lower case, like the others
#: that are looked for from every place of a text: that takes a third of the time of ignoring case.
_NAME_BEFORE = re.compile(
    r"(?:\bno attribute|\bimport name|\b(?:cannot|can't) (?:find|call|locate) (?:object )?(?:name|module"
    r"|symbol|variable|type|function|value|method)|\bmodule(?: named)?|\bkeyword arguments?:?"
    r"|\bpositional arguments?:?|\brelation"
    r"|\btable|\bcolumn|\bconstraint|\bsequence|\bschema|\breading|\bsetting|\bevaluating"
    r"|\bproperty|\bproperties"
    r"|\bfor key|\bindex:|\bundefined (?:method|local variable or method|function|variable|constant"
    r"|property:?|label|symbol)"
    r"|\buninitialized constant|\bno such (?:table|column|function|index|module|savepoint):?"
    r"|\bconstraint failed:"
    r"|\bunknown (?:column|table|identifier|type|function|attribute|variable)|\b(?:local|free"
    r"|global|undeclared) variable"
    r"|\bcannot (?:invoke|read field|assign field|load from|store to)"
    r"|\bbecause(?: the return value of)?|\breturn value of"
    r"|\bmember|\bfor type|\bof type|\bto type|\btype hint|\bimplicit declaration of function"
    r"|\bassembly|\bidentifier|\binstance of|\b(?:class|interface|trait|struct|module|missing method)"
    r"|\baccess property [\w.$]{1,60},|\bcannot access|\blexical declaration"
    r"|\bassignment to const|\bredeclaration of (?:let|const|var))"
    r"[\s:]{0,2}(?:[`'\"][\w.$]{1,60}['\"`],? (?:and |or )?){0,6}\Z",
)
NAME_AFTER = re.compile(
    r"['\"`]?(?: object\b| codec\b| instances?\b| is not (?:defined|a function|a constructor"
    r"|iterable|subscriptable|callable|awaitable)"
    r"| has no (?:attribute|len|member|method)| is undefined| was not declared|\(\) (?:got|takes"
    r"|missing)| of undefined| of null)",
    re.I,
)

#: SQL objects whose quoted name is identity when the server says what is wrong with it.
OBJECT_BEFORE = re.compile(
    r"\b(?:function|index|type|view|trigger|operator|extension|class|package|symbol|variable|procedure) \Z",
    re.I,
)
OBJECT_AFTER = re.compile(
    r"['\"`]?(?:\([^()]{0,80}\))? (?:is not defined|does ?n[o']t exist|does not exist"
    r"|already exists|not found|is undefined|is ambiguous)",
    re.I,
)

#: Keys whose value says which failure it is; and keys whose value is the sentence itself.
IS_STATUS_KEY = re.compile(
    r"(?:http_?|grpc_?|exit_?|error_?|response_?)?(?:status|code|errno|rc|sqlstate|signal)(?:_?code)?\Z", re.I
)
IS_TEXT_KEY = re.compile(r"(?:msg|message|event|error|err|detail|reason|exception|title|description)\Z", re.I)
IS_EVENT_KEY = re.compile(r"(?:msg|message|event|error|err|reason|exception)\Z", re.I)

#: Words that can make a code of a value beside them, in folded text.
_CODE_WORDS = re.compile(
    r"http|status|sqlstate|smtp|ftp|imap|ldap|sip|errno|\bos\serror|win\w*\s?error|exit|signal|system error"
    r"|code|(?:error|reply)\s?(?:number|no)|response\s\[|[2-5]xx|(?:\A|\n)\s*(?:fatal\s)?error\s"
    r"|error\s?#?(?:-?\d|\0|\Z)|hresult|\brc\b|killed by|kind|with result"
)

#: What a code may look like whatever stands beside it.
_CODE_SHAPE = re.compile(
    r"(?<!\w)[1-5]\d\d(?!\w)|[A-Z]-?\d{3}|0x8|E[A-Z]{2}|EXC_|[A-Z]{4}|StatusCode|\x1b|[{\[(]"
)


def makes_codes(text: str) -> bool:
    """Say whether a text holds a word that can make a code of a value beside it."""
    return bool(_CODE_WORDS.search(text.casefold()))


def may_be_code(data: str) -> bool:
    """Say whether data may hold a code; true of everything that is kept as one."""
    return bool(_CODE_SHAPE.search(data)) or makes_codes(data)


def is_code_before(before: str) -> bool:
    """Say whether a number or quote right behind a text is a status or error code, whatever follows."""
    # Looking from every place for the end of the text takes long, and most texts hold no such word.
    return makes_codes(before) and bool(_STRONG_CODE_BEFORE.search(before.lower()))


def is_weak_code_before(before: str) -> bool:
    """Say whether a number like a status right behind a text is one, if the sentence does not go on."""
    return bool(_WEAK_CODE_BEFORE.search(before.lower()))


def is_name_before(before: str) -> bool:
    """Say whether what stands right behind a text is an identifier of code or of a schema."""
    return bool(_NAME_BEFORE.search(before.lower()))
