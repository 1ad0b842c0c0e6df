"""Resolve code objects to what a report says of a frame: file, line, names, source, whose code it is.

Runs in the background thread, which may read files. What was read is kept, bounded, because one line
that fails does so again and again.
"""

from __future__ import annotations

import linecache
import sys
import sysconfig
import traceback
from collections import OrderedDict
from dataclasses import dataclass
from itertools import islice
from types import CodeType

from aat_reporters.redaction import Redaction
from aat_reporters.scopes import qualified
from aat_reporters.settings import ReporterSettings
from aat_reporters.signature import Roots, is_in_app

__all__ = ["Frame", "FrameReader"]

#: Frames remembered with their source; each takes about 1 KiB.
MAX_REMEMBERED = 4_096

#: Characters kept of a source line; a minified one has a million.
MAX_CODE = 500

#: Bytes of bytecode one entry of the position table stands for.
_CODE_UNIT = 2

#: Python 3.13 and later print each line of an expression that stands on several, and need all of them.
_PRINTS_SPANS = sys.version_info >= (3, 13)

#: Lines of one expression; a call with more is shown by its first.
MAX_SPAN = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """Say where a frame was.

    Args:
        file: as the code object names it.
        shown_file: relative to the project root where it lies inside.
        line: counted from 1.
        function: plain name.
        qualname: with classes and enclosing functions.
        module: dotted; empty where nobody knows it.
        first_line: of the function.
        code: the source line, scrubbed, without indentation; empty without source.
        in_app: whether it is the program's own code.
        summary: the frame as tracebacks print it.
    """

    file: str
    shown_file: str
    line: int
    function: str
    qualname: str
    module: str
    first_line: int
    code: str
    in_app: bool
    summary: traceback.FrameSummary

    def facts(self) -> dict[str, object]:
        """Give what a signature is made of."""
        return {
            "file": self.file,
            "function": self.function,
            "qualname": self.qualname,
            "line": self.line,
            "code": self.code,
            "module": self.module,
            "first_line": self.first_line,
            "in_app": self.in_app,
        }


class FrameReader:
    """Resolve frames and remember them; used by one thread."""

    def __init__(self, settings: ReporterSettings, redaction: Redaction) -> None:
        self.prefix = sys.prefix
        self.stdlib = sysconfig.get_path("stdlib")
        self._root = settings.project_root
        self._roots = Roots(
            project=settings.project_root,
            prefix=self.prefix,
            stdlib=self.stdlib,
            include=settings.in_app_include,
            exclude=settings.in_app_exclude,
        )
        self._redaction = redaction
        self._places: OrderedDict[tuple[str, int, str], Frame] = OrderedDict()
        self._remembered: OrderedDict[tuple[int, int, int], tuple[CodeType, Frame]] = OrderedDict()

    def resolve(self, code: CodeType, offset: int, module: object) -> Frame:
        """Give the frame of an instruction, from memory where it was seen before."""
        key = (id(code), offset, id(module))
        found = self._remembered.get(key)
        if found is not None:
            return found[1]
        line, end_line, column, end_column = _position(code, offset)
        name = module if isinstance(module, str) else ""
        if name == "__mp_main__":
            # The main module of a spawned child: the same error there must get the same signature.
            name = "__main__"
        frame = self._frame(
            code.co_filename, line, code.co_name, code.co_qualname, name, code.co_firstlineno,
            (end_line, column, end_column),
        )  # fmt: skip
        # The code object is kept with it, so that its id cannot come again for another.
        self._remembered[key] = (code, frame)
        if len(self._remembered) > MAX_REMEMBERED:
            self._remembered.popitem(last=False)
        return frame

    def place(self, file: str, line: int, function: str) -> Frame:
        """Give the frame of a log call, of which only file, line and function are known."""
        key = (file, line, function)
        found = self._places.get(key)
        if found is None:
            nowhere = (None, None, None)
            found = self._frame(file, line, function, function, _module_of(file), 0, nowhere)
            self._remember(key, found)
        return found

    def told(self, file: str, line: int, function: str, *, module: str, code: str) -> Frame:
        """Give a frame that somebody else has put into words, with the source that is found here.

        Args:
            file: of the frame.
            line: in that file.
            function: its plain name.
            module: dotted; looked up by the file where empty.
            code: the source line, used where no source is found.
        """
        key = (file, line, f"{module}:{function}")
        found = self._places.get(key)
        if found is None:
            name = module or _module_of(file)
            _source(file, line, name)
            around = linecache.cache.get(file)
            # An entry of one part is a loader that was not asked yet.
            lines = around[2] if around is not None and len(around) > 1 else []
            found = self._frame(
                file, line, function, qualified(lines, line, function), name, 0, (None, None, None),
                otherwise=code,
            )  # fmt: skip
            self._remember(key, found)
        return found

    def _remember(self, key: tuple[str, int, str], frame: Frame) -> None:
        self._places[key] = frame
        if len(self._places) > MAX_REMEMBERED:
            self._places.popitem(last=False)

    def shown(self, file: str) -> str:
        """Give a path relative to the project root where it lies inside."""
        if self._root and file.startswith(self._root + "/"):
            return file[len(self._root) + 1 :]
        return file

    def _frame(
        self,
        file: str,
        line: int,
        function: str,
        qualname: str,
        module: str,
        first_line: int,
        span: tuple[int | None, int | None, int | None],
        *,
        otherwise: str = "",
    ) -> Frame:
        original = _source(file, line, module) or otherwise
        # Columns would point beside what was scrubbed, so carets go with it.
        scrubbed = self._redaction.code(original[:MAX_CODE])
        whole = scrubbed == original.rstrip("\n")[:MAX_CODE] or scrubbed == original
        end_line, column, end_column = span if whole and original else (None, None, None)
        text = scrubbed
        if _PRINTS_SPANS and end_line is not None and end_line > line:
            text = self._spanned(file, line, end_line, module)
            if not text:
                text, end_line, column, end_column = scrubbed, None, None, None
        return Frame(
            file=file,
            shown_file=self.shown(file),
            line=line,
            function=function,
            qualname=qualname,
            module=module,
            first_line=first_line,
            code=scrubbed.strip(),
            in_app=is_in_app(file, module, self._roots),
            summary=traceback.FrameSummary(
                file, line, function, lookup_line=False, line=text,
                end_lineno=end_line, colno=column, end_colno=end_column,
            ),
        )  # fmt: skip

    def _spanned(self, file: str, line: int, end_line: int, module: str) -> str:
        """Give all lines of an expression; nothing where they are too many, too long, or hold a secret."""
        if end_line - line >= MAX_SPAN:
            return ""
        lines = [_source(file, number, module).rstrip() for number in range(line, end_line + 1)]
        if any(len(one) > MAX_CODE or self._redaction.code(one) != one for one in lines):
            return ""
        return "\n".join(lines) + "\n"


def _position(code: CodeType, offset: int) -> tuple[int, int | None, int | None, int | None]:
    line = None
    if offset >= 0:
        entry = next(islice(code.co_positions(), offset // _CODE_UNIT, None), (None, None, None, None))
        line, end_line, column, end_column = entry
        if line is not None:
            return line, end_line, column, end_column
        for start, end, number in code.co_lines():
            if start <= offset < end:
                line = number
    return line or code.co_firstlineno, None, None, None


def _source(file: str, line: int, module: str) -> str:
    """Read one line of source, also out of zipped applications, through the module's loader."""
    if file.startswith("<") and not file.startswith("<ipython"):
        return ""
    owner = sys.modules.get(module)
    try:
        if file not in linecache.cache and owner is not None and getattr(owner, "__file__", None) == file:
            linecache.lazycache(file, vars(owner))
        return linecache.getline(file, line)
    except Exception:
        # A loader of the user's may raise anything; a report without source is still a report.
        return ""


def _module_of(file: str) -> str:
    """Find the loaded module of a file."""
    for name, module in list(sys.modules.items()):
        try:
            # Past the module's own lookup, which may import what is only loaded when used.
            names = object.__getattribute__(module, "__dict__")
        except AttributeError:
            continue
        if names.get("__file__") == file and name != "__mp_main__":
            return name
    return ""
