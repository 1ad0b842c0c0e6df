"""Fill the templates; the only door to Jinja. Whatever a template is given is escaped."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jinja2 import Environment, PackageLoader

from aat_consumer.operate.dashboard import wording

__all__ = ["render"]

_PAGES = Environment(
    loader=PackageLoader("aat_consumer.operate.dashboard", "templates"),
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
    auto_reload=False,
)
_PAGES.filters |= {
    "amount": wording.amount,
    "duration": wording.duration,
    "link_to": wording.link_to,
    "megabytes": wording.megabytes,
    "moment": wording.moment,
    "shown": wording.shown,
    "visible": wording.visible,
}
_PAGES.globals["ago"] = wording.ago


def render(template: str, values: Mapping[str, Any]) -> str:
    """Fill a template with values."""
    return _PAGES.get_template(template).render(values)
