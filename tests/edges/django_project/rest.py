"""The shop's API, made with Django REST framework."""

from __future__ import annotations

from typing import Any

from django.urls import path
from rest_framework.exceptions import APIException, NotFound, PermissionDenied, ValidationError
from rest_framework.response import Response
from rest_framework.views import APIView

REFUSALS: dict[str, type[APIException]] = {
    "invalid": ValidationError,
    "missing": NotFound,
    "refused": PermissionDenied,
    "unavailable": APIException,
}


class FailsView(APIView):  # type: ignore[misc]  # without types
    authentication_classes: tuple[Any, ...] = ()

    def get(self, request: Any) -> Response:
        raise KeyError("price")


class RefusesView(APIView):  # type: ignore[misc]  # without types
    authentication_classes: tuple[Any, ...] = ()

    def get(self, request: Any, what: str) -> Response:
        raise REFUSALS[what]()


urlpatterns = [path("api/fails", FailsView.as_view()), path("api/refuses/<what>", RefusesView.as_view())]
