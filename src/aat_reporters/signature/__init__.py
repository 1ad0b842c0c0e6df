"""Sign errors: one bug, one signature, in every process of a fleet and without any store.

Pure: values in, values out, from any thread. Nothing here reads a clock, a socket, the environment or
a source file, and nothing raises: what has the wrong type counts as missing, what is too long is cut.

``exact`` hashes three published fields to the letter. ``stable`` is the default identity; it takes
*facts*, a mapping with these keys, each optional:

``error``
    the message alone (``str(exc)``), or the formatted message of a log record.
``type``
    full name of the type as tracebacks print it (``ValueError``, ``shop.cart.SoldOut``). Empty for a
    foreign report: it is then read out of ``stack`` and ``error``.
``stack``
    text of the traceback. Read only where ``frames`` is empty and there is no ``log``.
``frames``
    list of mappings, outermost first: ``file`` (absolute, or relative to the root), ``function``,
    ``qualname``, ``line``, ``code`` (the source line, or the whole statement with its lines joined by
    spaces; ``""`` without source: then the distance ``line - first_line`` stands for it), ``module``
    (``__name__``), ``first_line`` (of the function), and, in published reports, ``in_app`` (bool, decides
    where it is given).
``cause``, ``relation``
    what it was raised from: a mapping with ``type``, ``error``, ``frames``, and again ``cause``,
    ``relation``, ``exceptions``. It counts only where the ``relation`` beside it is ``"cause"``
    (``raise ... from``); ``"context"`` is implicit, is ignored, and ends the chain. At most 8 deep.
``exceptions``
    members of an exception group: a list of mappings of the same shape.
``log``
    ``template`` (``record.msg``, structlog's event), ``message``, ``args`` (their number), ``logger``.
    It counts only where ``type`` is empty: an exception is itself, however it was logged.
``context``
    ``file``, ``line``, ``function`` and, for log records, ``code`` (the calling line). It says where
    something without frames comes from; other keys are ignored.
``root``, ``prefix``, ``stdlib``
    folders of the project, the interpreter or virtual environment, and the standard library.
``in_app_include``, ``in_app_exclude``
    lists of module prefixes that are (not) in-app wherever they are installed; include wins.
``fingerprint``
    list of words that replace the signature's parts; ``"{{ default }}"`` among them stands for what
    would have been the signature.

How a signature is made for each language is told in ``docs/signatures.md``.
"""

from __future__ import annotations

from aat_reporters.signature._explanation import Explanation, explain
from aat_reporters.signature._failure import Roots
from aat_reporters.signature._in_app import is_in_app
from aat_reporters.signature._published import exact, facts_of, report_fields
from aat_reporters.signature._rules import RULES, Rules, signatures
from aat_reporters.signature._stable import stable

__all__ = [
    "RULES",
    "Explanation",
    "Roots",
    "Rules",
    "exact",
    "explain",
    "facts_of",
    "is_in_app",
    "report_fields",
    "signatures",
    "stable",
]
