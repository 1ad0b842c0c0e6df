"""A Django project in one file that reports its errors.

aat dev                                          # in one terminal: prints export NATS_URL=...
python examples/django_shop.py runserver         # in another, with that variable set
curl http://127.0.0.1:8000/price/0/              # divides by zero; aat dev shows the report
"""

from __future__ import annotations

import sys

from django.conf import settings
from django.core.management import execute_from_command_line
from django.http import HttpRequest, HttpResponse
from django.urls import path

settings.configure(
    SECRET_KEY="only for this example",
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    MIDDLEWARE=["aat_reporters.django.ErrorReportMiddleware"],
    INSTALLED_APPS=["aat_reporters.django"],
    AAT={"release": "1.4.0"},
)


def price(request: HttpRequest, parts: int) -> HttpResponse:
    """Tell the price of one part."""
    return HttpResponse(f"{100 / parts:.2f}")


urlpatterns = [path("price/<int:parts>/", price)]

if __name__ == "__main__":
    execute_from_command_line(sys.argv)
