"""Settings of a small Django project, for tests in this process and for servers that run it."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

SECRET_KEY = "only-for-tests"  # not one
ALLOWED_HOSTS = ["testserver", "127.0.0.1"]
ROOT_URLCONF = "tests.edges.django_project.urls"
USE_TZ = True
MIDDLEWARE = [
    "aat_reporters.django.ErrorReportMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions"]
if find_spec("rest_framework"):
    INSTALLED_APPS.append("rest_framework")
AUTHENTICATION_BACKENDS = ["tests.edges.django_project.people.Backend"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TEMPLATES: list[dict[str, Any]] = [{"BACKEND": "django.template.backends.django.DjangoTemplates"}]
# Without Django's own handler that mails errors to administrators, which forces the lazy user.
LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "loggers": {"django": {"level": "INFO"}},
}
SILENCED_SYSTEM_CHECKS: list[str] = []
