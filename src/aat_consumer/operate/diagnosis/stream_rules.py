"""Judge the streams: missing, drifted, nearly full, fast, with too few copies."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from aat_consumer.losses import in_a_line
from aat_consumer.operate.diagnosis.made import Finding, make
from aat_consumer.operate.diagnosis.signals import Signals

__all__ = ["FILL_PERCENT", "RULES"]

#: Percent of a stream's limit from which a person should act.
FILL_PERCENT = 80.0

#: Messages a second of one stream from which a single server is worth a thought.
FAST = 1_000.0


def _all_missing(signals: Signals) -> Iterator[Finding]:
    if not signals.streams or signals.present or signals.overlaps_any:
        return
    fixes = signals.machine.fixes
    none = f"none of the {len(signals.streams)} streams of {signals.namespace.name} exists"
    if fixes:
        yield make("AAT-E14", "server", f"{none}, and the repository has {fixes} fixes", fixes=fixes)
    else:
        yield make("AAT-E03", "server", none, missing=len(signals.streams))


def _made_anew(signals: Signals) -> Iterator[Finding]:
    if not signals.losses or not signals.present:
        return
    held = sum(loss.messages for loss in signals.losses)
    since = min(loss.since for loss in signals.losses)
    until = max(loss.until for loss in signals.losses)
    yield make(
        "AAT-E14",
        "server",
        in_a_line(signals.losses),
        fix="publish again what no spool holds; keep store_dir in a folder that outlives a reboot",
        streams=[loss.stream for loss in signals.losses],
        messages=held,
        since=since,
        until=until,
    )


def _missing(signals: Signals) -> Iterator[Finding]:
    if not signals.present and not signals.overlaps_any:
        return
    for name in signals.missing:
        others = signals.overlaps.get(name)
        if others:
            text = f"it cannot be made: its subjects are taken by {', '.join(others)}"
            fix = f"take the subjects from {others[0]}, or choose another namespace"
            yield make("AAT-E04", name, text, fix=fix, taken_by=list(others))
        else:
            yield make("AAT-E03", name, "the stream does not exist", missing=1)


def _asked(signals: Signals) -> Iterator[Finding]:
    subject = signals.asked_subject
    if not subject:
        return
    ours = set(signals.takers) & set(signals.streams)
    if ours:
        return
    if signals.takers:
        text = f"{subject} is taken by {', '.join(signals.takers)}, which is not of {signals.namespace.name}"
        yield make("AAT-E03", subject, text, fix="publish to a subject of this namespace")
        return
    known = [
        subject for spec in signals.namespace.streams() for subject in spec.subjects if subject[0] != "$"
    ]
    near = get_close_matches(subject, known, n=1, cutoff=0.3)
    text = f"no stream takes {subject}" + (f"; the closest subject is {near[0]}" if near else "")
    fix = f"publish to {near[0]}, or aat stream ensure if that stream is missing" if near else ""
    yield make("AAT-E03", subject, text, fix=fix, closest=near[0] if near else "")


def _drifted(signals: Signals) -> Iterator[Finding]:
    for difference in signals.differences:
        if difference.action not in ("update", "refuse"):
            continue
        changes = [f"{name} is {now}, wanted {then}" for name, (now, then) in difference.changes.items()]
        fix = ""
        if difference.action == "refuse":
            fix = "it cannot be changed in place: drain it, delete it by hand, then aat stream ensure"
        facts = {name: {"present": now, "wanted": then} for name, (now, then) in difference.changes.items()}
        yield make("AAT-E04", difference.stream, "; ".join(changes), fix=fix, changes=facts)


def _full(signals: Signals) -> Iterator[Finding]:
    for name, facts in signals.present.items():
        if facts.fill_percent < FILL_PERCENT:
            continue
        what = "refuses new messages" if facts.discard == "new" else "forgets its oldest"
        text = (
            f"{facts.used_bytes} of {facts.max_bytes} bytes, {facts.fill_percent:.0f} %; when full it {what}"
        )
        fix = f"aat stream view {name}; aat stream purge {name} --older-than 7d"
        if facts.retention == "workqueue":
            fix = f"aat run works it off; aat stream view {name}"
        yield make("AAT-W04", name, text, fix=fix, fill_percent=round(facts.fill_percent, 1))


def _fast(signals: Signals) -> Iterator[Finding]:
    for name, rate in signals.rates.items():
        if rate > FAST:
            text = f"{rate:.0f} messages a second during this look"
            yield make("AAT-W05", name, text, per_second=round(rate))


def _copies(signals: Signals) -> Iterator[Finding]:
    if not signals.cluster:
        return
    single = [name for name, facts in signals.present.items() if facts.replicas == 1]
    if single:
        text = f"{len(single)} streams have one copy in the cluster {signals.cluster}"
        yield make("AAT-W11", "server", text, streams=single)
    for name, facts in signals.present.items():
        if facts.lagging:
            away = ", ".join(facts.lagging)
            text = f"{len(facts.lagging)} of {facts.replicas} copies are away or behind: {away}"
            yield make("AAT-W12", name, text, lagging=list(facts.lagging))


RULES = (_all_missing, _made_anew, _missing, _asked, _drifted, _full, _fast, _copies)
