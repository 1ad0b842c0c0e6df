"""The report says what happened, in the program's own code, and the same error is signed alike."""

from __future__ import annotations

import importlib
import importlib.util
import json
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from aat_reporters.context import bound
from aat_reporters.redaction import REDACTED
from aat_reporters.report import decode, encode
from aat_reporters.settings import ReporterSettings
from aat_reporters.signature import exact, facts_of, stable
from aat_reporters.testing import recording_reporter

SHOP = """
def price(order):
    if order < 0:
        raise ValueError(f"order {order} has no price")
    return 1 / order

class Cart:
    def total(self, order):
        return [price(one) for one in [order]]
"""


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Import a small program of its own project."""
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "__init__.py").touch()
    (tmp_path / "shop" / "cart.py").write_text(SHOP, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    importlib.invalidate_caches()
    yield importlib.import_module("shop.cart")
    for name in ("shop", "shop.cart"):
        sys.modules.pop(name, None)


def report_of(fail: Any, *arguments: object, **settings: object) -> dict[str, Any]:
    with recording_reporter(**settings) as (reporter, reports):
        try:
            fail(*arguments)
        except Exception as exc:
            reporter.report(exc)
    (report,) = reports
    return report


def test_the_place_is_the_innermost_frame_of_the_program_relative_to_its_root(
    shop: Any, tmp_path: Path
) -> None:
    report = report_of(shop.Cart().total, -1, project_root=tmp_path)
    assert report["context"] == {"file": "shop/cart.py", "line": 4, "function": "price"}
    last = report["frames"][-1]
    assert last["module"] == "shop.cart"
    assert last["code"] == 'raise ValueError(f"order {order} has no price")'
    assert last["in_app"] is True
    qualnames = [frame["qualname"] for frame in report["frames"]]
    assert "Cart.total" in qualnames


def test_library_frames_are_not_the_place(tmp_path: Path) -> None:
    report = report_of(json.loads, "{", project_root=Path(__file__).parent)
    assert report["context"]["file"] == Path(__file__).name
    assert report["context"]["function"] == "report_of"
    assert report["frames"][-1]["in_app"] is False


@pytest.mark.parametrize(
    ("settings", "function"),
    [({"in_app_include": ["json"]}, "raw_decode"), ({"in_app_exclude": ["tests"]}, "raw_decode")],
)
def test_what_is_in_app_can_be_said(settings: dict[str, object], function: str) -> None:
    assert report_of(json.loads, "{", **settings)["context"]["function"] == function


def test_a_published_report_gives_the_signature_that_its_reporter_computed(shop: Any, tmp_path: Path) -> None:
    def from_other() -> None:
        try:
            shop.price(-1)
        except ValueError as exc:
            raise RuntimeError("outer") from exc

    def grouped() -> None:
        raise ExceptionGroup("several", [ValueError(1), KeyError("a")])

    for fail in (lambda: shop.price(0), from_other, grouped):
        report = report_of(fail, project_root=tmp_path)
        read = decode(encode(report))
        assert stable(facts_of(read)) == report["signature"]["stable"]
        assert exact(read) == report["signature"]["exact"]


def test_line_numbers_paths_and_values_do_not_change_the_signature(shop: Any, tmp_path: Path) -> None:
    first = report_of(shop.price, -1, project_root=tmp_path)
    other = tmp_path / "elsewhere" / "shop"
    other.mkdir(parents=True)
    (other / "cart.py").write_text("\n" * 20 + SHOP, encoding="utf-8")
    specification = importlib.util.spec_from_file_location("shop.cart", other / "cart.py")
    assert specification is not None
    assert specification.loader is not None
    moved = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(moved)
    second = report_of(moved.price, -77, project_root=other.parent)
    assert first["signature"]["stable"] == second["signature"]["stable"]
    assert first["signature"]["exact"] != second["signature"]["exact"]
    third = report_of(moved.price, 0, project_root=other.parent)
    assert third["signature"]["stable"] != first["signature"]["stable"]


def test_source_is_read_out_of_zipped_programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = tmp_path / "program.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("zipped_shop.py", SHOP)
    monkeypatch.syspath_prepend(str(archive))
    importlib.invalidate_caches()
    module = importlib.import_module("zipped_shop")
    report = report_of(module.price, -1)
    assert "has no price" in report["frames"][-1]["code"]
    assert 'raise ValueError(f"order {order} has no price")' in report["stack"]
    sys.modules.pop("zipped_shop")


def test_code_without_source_is_reported() -> None:
    names: dict[str, Any] = {}
    exec(compile("def f():\n    return 1 / 0\n", "<generated>", "exec"), names)
    report = report_of(names["f"])
    assert report["error"] == "ZeroDivisionError: division by zero"
    assert report["frames"][-1]["code"] == ""


def test_secrets_are_in_no_part_of_the_report() -> None:
    def fail() -> None:
        try:
            raise KeyError("token=hunter2")
        except KeyError as exc:
            error = ValueError("postgres://shop:hunter2@db/shop")
            error.add_note("password=hunter2")
            raise error from exc

    with recording_reporter() as (reporter, reports), bound(session_key="hunter2"):
        try:
            fail()
        except ValueError as exc:
            reporter.report(exc, password="hunter2", header="Bearer hunter2hunter2")
    assert "hunter2" not in json.dumps(reports[0])


def test_secrets_are_in_no_fingerprint() -> None:
    with recording_reporter() as (reporter, reports):
        reporter.report("refused", fingerprint=["refused", "token=hunter2"])
    assert "hunter2" not in json.dumps(reports)


def test_before_send_changes_or_drops_a_report() -> None:
    def rename(report: dict[str, object]) -> dict[str, object]:
        return report | {"error": "ValueError: renamed"}

    with recording_reporter(before_send=rename) as (reporter, reports):
        reporter.report(ValueError("original"))
    assert reports[0]["error"] == "ValueError: renamed"
    assert reports[0]["signature"]["exact"] == exact(reports[0])
    with recording_reporter(before_send=lambda report: None) as (reporter, reports):
        reporter.report(ValueError("original"))
    assert reports == []


def test_context_cannot_overwrite_the_place() -> None:
    with recording_reporter() as (reporter, reports):
        reporter.report("lost", file="fake.py", line=1, function="fake")
    context = reports[0]["context"]
    assert context["function"] == "test_context_cannot_overwrite_the_place"
    assert context["given_file"] == "fake.py"


def test_a_fingerprint_decides_the_signature() -> None:
    with recording_reporter() as (reporter, reports):
        reporter.report(ValueError("a"), fingerprint=["checkout"])
        reporter.report(KeyError("b"), fingerprint=["checkout"])
        reporter.report(KeyError("b"))
    signatures = [report["signature"]["stable"] for report in reports]
    assert signatures[0] == signatures[1] != signatures[2]


def test_a_huge_report_fits() -> None:
    with recording_reporter() as (reporter, reports):
        reporter.report(
            ValueError("x" * 10**6), blob="y" * 10**6, many={str(n): "z" * 900 for n in range(900)}
        )
    assert len(encode(reports[0])) <= 256 * 1024


def test_settings_of_the_environment_are_not_read_while_recording(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NATS_NAMESPACE", "production-shop")
    with recording_reporter() as (reporter, _):
        assert reporter.settings.namespace.name == "default"
    assert ReporterSettings.resolve({}, environment={"NATS_NAMESPACE": "a"}).namespace.name == "a"


def test_what_somebody_else_put_into_words_is_scrubbed_and_signed_like_a_foreign_report() -> None:
    told = {
        "error": "ValueError: no such order, token=hunter2hunter2",
        "type": "ValueError",
        "stack": "Traceback (most recent call last):\n"
        '  File "/srv/shop/cart.py", line 5, in price\n    fail()\n'
        "ValueError: no such order, token=hunter2hunter2\n",
        "context": {
            "file": "/srv/shop/cart.py",
            "line": 5,
            "function": "price",
            "password": "hunter2hunter2",
        },
    }
    with recording_reporter(project_root="/srv") as (reporter, reports), bound(request_id="r-1"):
        reporter.report_told(told, context={"task_id": 5})
        reporter.report_told({"error": "only a line"})
    first, second = reports
    assert "hunter2" not in json.dumps(first)
    assert first["context"]["file"] == "shop/cart.py"
    assert (first["context"]["task_id"], first["context"]["request_id"]) == (5, "r-1")
    assert first["schema"] == 1
    assert second["error"] == "only a line"
    read = decode(encode(first))
    assert exact(read) == first["signature"]["exact"]
    assert stable(facts_of(read)) == first["signature"]["stable"]


def test_local_variables_are_taken_only_if_asked_for_and_scrubbed_and_not_called() -> None:
    class Secretive:
        def __repr__(self) -> str:
            raise AssertionError("nobody may ask how this looks")

    def fail(password: str, order: int) -> None:
        customer = Secretive()
        raise LookupError(f"order of {type(customer)}")

    for asked in (False, True):
        with recording_reporter(local_variables=asked) as (reporter, reports):
            try:
                fail("hunter2", 7)
            except LookupError as error:
                reporter.report(error)
        taken = reports[0]["context"].get("local_variables")
        if not asked:
            assert taken is None
            continue
        assert taken[-1]["function"] == "fail"
        assert taken[-1]["variables"]["order"] == 7
        assert taken[-1]["variables"]["password"] == REDACTED
        assert taken[-1]["variables"]["customer"].endswith("Secretive>")
