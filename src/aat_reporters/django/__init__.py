"""Report what a Django project raises: one line in ``MIDDLEWARE``, and settings in ``AAT`` where needed.

MIDDLEWARE = ["aat_reporters.django.ErrorReportMiddleware", ...]
INSTALLED_APPS = [..., "aat_reporters.django"]      # if ``manage.py check`` shall look at the settings too
"""

from __future__ import annotations

from aat_reporters.django.middleware import ErrorReportMiddleware

__all__ = ["ErrorReportMiddleware"]
