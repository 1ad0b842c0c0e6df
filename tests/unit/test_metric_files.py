"""Every name in the Grafana dashboard, in the alert rules and in the documentation is on a page."""

from __future__ import annotations

import functools
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from aat_consumer.operate.metrics.counting import Counts
from aat_consumer.operate.metrics.exposition import page
from aat_reporters.prometheus import register
from aat_reporters.testing import recording_reporter
from tests.unit.test_metrics import SHOP, full_sample, parsed

promql_parser = pytest.importorskip("promql_parser")
yaml = pytest.importorskip("yaml")

ROOT = Path(__file__).parents[2]
DASHBOARD = ROOT / "examples" / "grafana" / "aat.json"
RULES = ROOT / "examples" / "prometheus" / "alerts.yml"
DOCUMENTATION = (ROOT / "docs" / "metrics.md").read_text(encoding="utf-8")


@functools.cache
def on_the_pages() -> dict[str, set[str]]:
    """Give every metric of both pages with its labels, by the names that a query uses."""
    registry = CollectorRegistry()
    register(registry)
    with recording_reporter(namespace="shop") as (reporter, _):
        reporter.count_lost()
        texts = [page(Counts(SHOP), full_sample()), generate_latest(registry)]
    found: dict[str, set[str]] = {}
    for text in texts:
        for family in parsed(text):
            # One without a series yet has its type alone; a counter's samples end in _total.
            found.setdefault(f"{family.name}_total" if family.type == "counter" else family.name, set())
            for sample in family.samples:
                found.setdefault(sample.name, set()).update(sample.labels)
    return found


def selectors(node: Any) -> Iterator[tuple[str, set[str]]]:
    """Walk a parsed query, and give each metric with the labels it is asked for by."""
    if isinstance(node, promql_parser.VectorSelector):
        yield node.name, {matcher.name for matcher in node.matchers.matchers}
    for name in ("expr", "lhs", "rhs", "vector_selector", "vs", "args", "param"):
        child = getattr(node, name, None)
        for part in child if isinstance(child, list) else [child]:
            if part is not None and not isinstance(part, str):
                yield from selectors(part)


def queries() -> list[tuple[str, str]]:
    dashboard = json.loads(DASHBOARD.read_text(encoding="utf-8"))
    found = [
        (f"panel {panel['title']}", target["expr"])
        for panel in dashboard["panels"]
        for target in panel["targets"]
    ]
    for variable in dashboard["templating"]["list"]:
        if asked := re.match(r"label_values\((\w+), \w+\)", variable.get("definition", "")):
            found.append((f"variable {variable['name']}", asked[1]))
    rules = yaml.safe_load(RULES.read_text(encoding="utf-8"))
    found += [(rule["alert"], rule["expr"]) for group in rules["groups"] for rule in group["rules"]]
    return found


@pytest.mark.parametrize(("where", "query"), queries(), ids=[where for where, _ in queries()])
def test_every_query_asks_for_what_is_there(where: str, query: str) -> None:
    known = on_the_pages()
    asked = list(selectors(promql_parser.parse(query.replace("$namespace", "shop"))))
    assert asked
    for name, labels in asked:
        assert name in known, f"{where}: {name}"
        # A metric that has no series before something happens shows no label.
        assert not known[name] or labels <= known[name], f"{where}: {name} {labels}"


def test_the_walk_through_a_query_finds_every_metric_in_it() -> None:
    query = (
        'sum by (a) (rate(one{b="c"}[5m] offset 5m)) / on (a) two > 3 and -three or absent(four) == bool 1'
    )
    names = [name for name, _ in selectors(promql_parser.parse(query))]
    assert sorted(names) == ["four", "one", "three", "two"]
    nested = "histogram_quantile(0.5, sum by (le) (rate(five_bucket[1h]))) + max_over_time(six[1d:5m])"
    nested += " + topk(2, (seven))"
    assert sorted(name for name, _ in selectors(promql_parser.parse(nested))) == [
        "five_bucket",
        "seven",
        "six",
    ]


def test_the_documentation_lists_every_metric_and_no_other() -> None:
    listed = set(re.findall(r"`(aat_[a-z_]+)`", DOCUMENTATION)) - {"aat_reporters"}
    shown = {re.sub(r"_(bucket|sum|count|created)\Z", "", name) for name in on_the_pages()}
    assert listed == shown


def test_every_alert_rule_names_a_way_out_and_every_panel_has_a_place_of_its_own() -> None:
    rules = yaml.safe_load(RULES.read_text(encoding="utf-8"))
    for rule in rules["groups"][0]["rules"]:
        assert rule["annotations"]["description"].startswith(("aat ", "docs/")), rule["alert"]
        assert rule["labels"]["severity"] in ("warning", "critical")
    panels = json.loads(DASHBOARD.read_text(encoding="utf-8"))["panels"]
    places = {(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in panels}
    assert len(places) == len(panels) == len({panel["id"] for panel in panels})


@pytest.mark.skipif(shutil.which("promtool") is None, reason="Prometheus checks its own files")
def test_prometheus_itself_takes_the_rules_and_fires_them(tmp_path: Path) -> None:
    checked = subprocess.run(
        ["promtool", "check", "config", str(RULES.parent / "prometheus.yml")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr
    series = [
        ('aat_consumer_pending{namespace="shop",environment="staging"}', "3x40"),
        ('aat_consumer_ack_pending{namespace="shop",environment="staging"}', "0x40"),
        ('aat_consumer_pulls{namespace="shop",environment="staging"}', "0x40"),
        ('aat_paused{namespace="shop"}', "0x40"),
        ('aat_up{namespace="shop"}', "1x40"),
        ('aat_dead_letters_total{namespace="shop",environment="staging"}', "0x20 1x20"),
    ]
    stuck = {
        "exp_labels": {"severity": "critical", "namespace": "shop"},
        "exp_annotations": {
            "summary": "reports of shop wait and nobody takes them",
            "description": "aat run",
        },
    }
    dead = {
        "exp_labels": {"severity": "warning", "namespace": "shop", "environment": "staging"},
        "exp_annotations": {
            "summary": "a report of staging was given up after three deliveries",
            "description": "aat dlq list",
        },
    }
    case = {
        "rule_files": [str(RULES)],
        "evaluation_interval": "1m",
        "tests": [
            {
                "interval": "1m",
                "input_series": [{"series": name, "values": values} for name, values in series],
                "alert_rule_test": [
                    {"eval_time": "10m", "alertname": "AatConsumerStuck", "exp_alerts": []},
                    {"eval_time": "16m", "alertname": "AatConsumerStuck", "exp_alerts": [stuck]},
                    {"eval_time": "16m", "alertname": "AatDeadLetters", "exp_alerts": []},
                    {"eval_time": "25m", "alertname": "AatDeadLetters", "exp_alerts": [dead]},
                    {"eval_time": "39m", "alertname": "AatServerDown", "exp_alerts": []},
                ],
            }
        ],
    }
    path = tmp_path / "case.yml"
    path.write_text(yaml.safe_dump(case))
    done = subprocess.run(
        ["promtool", "test", "rules", str(path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
