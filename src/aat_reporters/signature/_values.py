"""Recognise the values that stand in messages: dates, addresses, paths, quotes, numbers."""

from __future__ import annotations

import re

from aat_reporters.signature import _vocabulary as words

__all__ = ["QUOTE", "VALUE", "VALUE_PAST_WORDS"]

#: Quotes of any kind; an apostrophe between letters (``o'neil``, ``can't``) does not end one. An escaped
#: quote ends with another: from each of many, a plain one would be looked for to the end of the text.
_QUOTED = (
    r"""(?:\\"[^"\\\n]{0,900}+\\"|(?<!\\)b?"(?:[^"\\\n]|\\.){0,900}+"|(?<!\\)b?'(?:[^'\\\n]|\\.|(?<=\w)'(?=[a-z]{1,2}\b)){0,900}+'"""
    r"""|`[^`'\n]{0,900}+['`]|“[^”\n]{0,120}+”|‘[^’\n]{0,120}+’|«[^»\n]{0,120}+»)"""
)

#: A quotation as a whole.
QUOTE = re.compile(rf"(?<!\w){_QUOTED}(?!\w)")

_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6}"
_DAY = r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]{0,6}"
_CLOCK = r"\d{1,2}:\d\d(?::\d\d(?:[.,]\d{1,9})?)?"
_ZONE = r"(?:Z|UTC|GMT)?(?:[+-]\d\d:?\d\d)?"
_DATE = (
    rf"(?:{_DAY},? )?(?:{_MONTH} {{0,2}}\d{{1,2}}(?:,? \d{{4}})?|\d{{1,2}}[ /-]{_MONTH}[ /-]\d{{2,4}})"
    rf"(?:[ :,T]{{1,2}}{_CLOCK})?(?: \d{{4}})?(?: ?[AP]M)?(?: ?(?:{_ZONE}"
    rf"|[A-Z]{{3,4}}))(?: \([A-Z][A-Za-z ]{{2,40}}\))?(?: \d{{4}})?"
    rf"|\d{{4}}[-/.]\d\d?[-/.]\d\d?(?:(?:T| |, ){_CLOCK})?(?: ?{_ZONE})"
    rf"|\d\d?[/.-]\d\d?[/.-]\d{{4}}(?:,? {_CLOCK})?(?: ?[AP]M)?"
    rf"|{_CLOCK}(?: ?[AaPp]\.?[Mm]\b\.?)?(?: ?{_ZONE})"
)
_CHUNK = r"\w.:+@%$€£#~/\\-"
_TLD = (
    r"(?:com|org|net|io|dev|local|localdomain|internal|lan|example|test|invalid|cloud|app|edu"
    r"|gov|info|co|de|fr|uk|us|eu|ru"
    r"|cn|jp|nl|se|ch|br|in|svc|corp|intern|intranet|home|biz|ai|tv|me)"
)
#: One part of a distinguished name.
_ATTRIBUTE = r"(?i:dc|ou|cn|uid|o|c|l|st)=[^,\s;)\]}*]{1,100}"

#: Line and column behind a file's name.
_IN_FILE = r"(?::\d{1,7}){0,2}"

#: The address that a JVM writes behind a host's name.
_RESOLVED = r"(?:/(?:(?:\d{1,3}\.){3}\d{1,3}|\[?[\da-f:]{2,45}\]?|<unresolved>))?"

#: What stands behind a host in an address without a scheme, and in the name of an image; no Go function.
_BELOW_HOST = r"""/(?![^\s'"]{0,200}\.\(?\*?[A-Z])[^\s'"<>|,;()\[\]{}`*]{0,400}[^\s'"<>|,;()\[\]{}`*.:!?]"""
_EXTENSION = (
    r"(?:csv|tsv|json|xml|ya?ml|toml|ini|cfg|conf|txt|log|pdf|png|jpe?g|gif|svg|zip|gz|tgz|tar"
    r"|bz2|xlsx?|docx?|html?|db"
    r"|sqlite3?|parquet|avro|sql|bak|tmp|lock|pem|crt|key|md|rst|mp[34]|wav|avi|bin|dat|iso|img"
    r"|sock|pid|pickle|npy)"
)

#: In this order at each place of the text; the names say what :func:`_masks._replacement` does with them.
_KINDS = "|".join(
    (
        r"(?P<mailbox>(?<!\w)(?:[A-ZÀ-Þ][\w'’.-]{0,30} ){1,3}<[\w.+%-]{1,64}@[\w.-]{1,200}>)",
        r"(?P<object>(?<!\w)<(?=[\w])(?:[^<>\n]|<[^<>\n]{0,40}>){1,160}>)",
        rf"(?P<dn>\b{_ATTRIBUTE}(?:,\s?{_ATTRIBUTE}){{1,20}})",
        r"(?P<requirement>(?<![\w.])[A-Za-z][\w.\[\],-]{0,80}(?:==|>=|<=|~=|!=)[\w.*]{1,40})",
        rf"(?P<pair>\b[A-Za-z_][\w.-]{{0,40}}=(?:{_QUOTED}|(?:\*(?=\.\w))?[^\s,;)\]}}&*]{{1,200}}))",
        rf"(?P<quoted>(?<!\w){_QUOTED}(?!\w))",
        rf"(?P<date>(?<![\w.:/-])(?:{_DATE})(?![\w:/-]))",
        r"""(?P<url>(?<!\w)[A-Za-z][A-Za-z0-9+.-]{1,20}://(?:\[[\da-fA-F:.%]{2,60}\])?[^\s'"<>)\]}`]{0,900})""",
        r"(?P<mail>(?<![\w.+-])[\w.+%-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){0,8})",
        r"""(?P<path>(?<![\w.~])(?:~?|\.{1,2})/(?![\s/])[^\s'"<>|,;:()\[\]{}`*]{1,400}|(?<!\w)(?:[A-Za-z]:(?:\\|/(?!/))|\\\\)[^\s'"<>|,;()*]{1,400})""",
        rf"(?P<made>(?<![\w.])(?:{words.CONSTRUCTORS})\([^()\n]{{0,200}}(?:\([^()\n]{{0,80}}"
        rf"\)[^()\n]{{0,80}})?\))",
        rf"(?P<grouped>(?<![{_CHUNK}])[+-]?\d{{1,3}}(?:['’\u202f\u00a0]\d{{3}}){{1,6}}(?:[.,]\d{{1,9}})?(?!\w))",
        rf"(?P<amount>(?<![{_CHUNK}])(?:{words.CURRENCIES}|[A-Z]{{0,3}}[€£¥$])\s?[+-]?\d(?:[\d.,'’]{{0,30}}\d)?(?:[.,][-–—]+|[kKMB])?(?![\w-]|[.,]\d))",
        rf"(?P<measure>(?<![{_CHUNK}])[+-]?\d(?:[\d,._]|['’\u202f\u00a0](?=\d{{3}}\b)){{0,30}}+\s?{words.UNITS}(?![\w/-]|:[\da-f:]))",
        r"(?P<secret>(?<!\w)eyJ[\w-]{4,900}(?:\.[\w-]{0,900}){0,2}|\barn:[\w:/*+=,.@-]{1,300})",
        rf"(?P<file>(?<![{_CHUNK}])[\w-]{{1,80}}(?:\.[\w-]{{1,40}}){{0,3}}\.{_EXTENSION}\b{_IN_FILE}(?![\w(/.-]))",
        rf"(?P<relative>(?<![{_CHUNK}])(?:[\w.@-]{{1,80}}/){{1,12}}[\w.@-]{{1,80}}\.[A-Za-z]"
        rf"\w{{0,5}}{_IN_FILE}(?![\w/(]))",
        rf"(?P<host>(?<![{_CHUNK}])(?:\*\.)?(?:[a-z0-9-]{{1,63}}\.){{1,6}}{_TLD}{_RESOLVED}(?::\d{{1,5}})?"
        rf"(?:{_BELOW_HOST})?(?![\w.(-])|\blocalhost{_RESOLVED}(?::\d{{1,5}})?\b)",
        rf"(?P<chunk>(?<![{_CHUNK}])[{_CHUNK}]{{1,1000}}={{0,2}}(?![\w]))",
    )
)

#: No value begins within a word, nor with a space, comma or bracket, which one look tells for all of them.
_MAY_BEGIN = r"""(?<!\w)(?=[\w.:+@%$€£¥#~/\\<"'`“‘«*-])"""

VALUE = re.compile(rf"{_MAY_BEGIN}(?:{_KINDS})")

#: The same, past plain words, which are most of a text: nothing but a word that makes codes of others changes
#: what becomes of them.
VALUE_PAST_WORDS = re.compile(rf"{_MAY_BEGIN}(?!(?!nan\b|inf\b|localhost\b)[a-z]+(?:[ ,;)]|\Z))(?:{_KINDS})")
