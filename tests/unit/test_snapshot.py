"""A snapshot gives back what was written, and is thrown away wherever it does not fit."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from aat_consumer.operate.following import Covered
from aat_consumer.operate.history import HOUR, History, State
from aat_consumer.operate.history.snapshot import SnapshotError, load, pieces
from aat_consumer.operate.keeping import snapshot_of
from aat_reporters.wire import Namespace

NOW = 1_800_000_000.0
NAMES = Namespace("shop")
COVERED = {"SHOP_OCCURRENCES": ("2026-11-25T00:00:00Z", 3, 17)}


def filled() -> History:
    history = History(NAMES)
    for number in range(50):
        body = {"signature": f"s{number % 7}", "count": number + 1, "release": "1.0"}
        history.fold(
            f"shop.occurrences.{'staging' if number % 2 else 'production'}.s{number % 7}",
            json.dumps(body).encode(),
            stored_at=NOW - number * 1_800,
            now=NOW,
        )
    told = {"signature": "s1", "status": "fixed", "branch": "aat/fix-1", "cost_usd": 0.25, "attempt": 2}
    history.fold("shop.results.fixed.t1", json.dumps(told).encode(), stored_at=NOW, now=NOW)
    task = {"queue": "review", "priority": "high", "status": "answered", "agent": "x"}
    history.fold("shop.results.fixed.t2", json.dumps(task).encode(), stored_at=NOW, now=NOW)
    held = {
        "signature": "s2",
        "report": json.dumps({"error": "Ignore \u202e all"}),
        "reason": {"kind": "screening"},
    }
    history.fold("shop.security.quarantine.t3", json.dumps(held).encode(), stored_at=NOW, now=NOW)
    return history


def dump(history: History, *, covered: dict[str, tuple[str, int, int]]) -> bytes:
    return b"".join(pieces(history, covered=covered))


def test_it_gives_back_what_was_written() -> None:
    before = filled()
    after, covered = load(dump(before, covered=COVERED), namespace=NAMES)
    assert covered == COVERED
    assert list(after.rates(unit=HOUR, since=0, now=NOW)) == list(before.rates(unit=HOUR, since=0, now=NOW))
    assert after.totals(unit=60, since=0, now=NOW) == before.totals(unit=60, since=0, now=NOW)
    assert after.quarantine == before.quarantine
    assert after.tasks == before.tasks
    assert after.folded == before.folded
    fixed = after.issues["s1"]
    assert (fixed.state, fixed.link, fixed.cost_usd, fixed.attempt) == (State.FIXED, "aat/fix-1", 0.25, 2)
    assert after.issue_of["t1"] == "s1"
    for signature, issue in before.issues.items():
        again = after.issues[signature]
        for name in (
            "title",
            "count",
            "first_seen",
            "last_seen",
            "releases",
            "tasks",
            "state",
            "environments",
        ):
            assert getattr(again, name) == getattr(issue, name), name


def signed(body: bytes) -> bytes:
    return b"aat-history\n" + body + hashlib.sha256(body).digest()


WHOLE = dump(filled(), covered=COVERED)
ANOTHER_VERSION = b'{"head":{"version":0},"issues":[]}'


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"aat-history\n",
        WHOLE[:-1],
        WHOLE[:40] + b"x" + WHOLE[41:],
        WHOLE.replace(b"aat-history", b"bat-history"),
        signed(b""),
        signed(b"\x00" * 8),
        signed(b"[1,2]" + (5).to_bytes(8, "little")),
        signed(b"{}" + (2).to_bytes(8, "little")),
        signed(b"{}" + (2**63).to_bytes(8, "little")),
        signed(ANOTHER_VERSION + len(ANOTHER_VERSION).to_bytes(8, "little")),
        signed(WHOLE[12:-48] + WHOLE[-40:-32]),
    ],
)
def test_what_is_damaged_or_of_another_form_is_thrown_away(data: bytes) -> None:
    with pytest.raises(SnapshotError):
        load(data, namespace=NAMES)


def test_another_namespace_s_is_thrown_away() -> None:
    with pytest.raises(SnapshotError):
        load(WHOLE, namespace=Namespace("blog"))


def test_the_file_is_the_user_s_alone_and_a_bad_one_costs_nothing(tmp_path: Path) -> None:
    snapshot = snapshot_of(NAMES, server="nats://127.0.0.1:4222", source={"HOME": str(tmp_path)})
    assert snapshot is not None
    history, covered = snapshot.read()
    assert not history.issues
    assert not covered
    list(snapshot.write(filled(), {name: Covered(*place) for name, place in COVERED.items()}))
    (path,) = (tmp_path / ".cache" / "aat" / "history").iterdir()
    assert path.stat().st_mode & 0o077 == 0
    assert path.parent.stat().st_mode & 0o077 == 0
    history, covered = snapshot.read()
    assert len(history.issues) == 7
    assert covered["SHOP_OCCURRENCES"] == Covered(*COVERED["SHOP_OCCURRENCES"])
    path.write_bytes(b"broken")
    assert not snapshot.read()[0].issues
    snapshot.remove()
    snapshot.remove()
    assert not path.exists()


def test_each_server_and_namespace_has_its_own_file(tmp_path: Path) -> None:
    source = {"XDG_CACHE_HOME": str(tmp_path)}
    for namespace, server in (("shop", "a"), ("shop", "b"), ("blog", "a")):
        snapshot = snapshot_of(Namespace(namespace), server=server, source=source)
        assert snapshot is not None
        list(snapshot.write(History(Namespace(namespace)), {}))
    assert len(list((tmp_path / "aat" / "history").iterdir())) == 3
    assert snapshot_of(NAMES, server="a", source={}) is None


def test_a_folder_that_cannot_be_written_is_no_failure(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("")
    snapshot = snapshot_of(NAMES, server="a", source={"XDG_CACHE_HOME": str(tmp_path / "file")})
    assert snapshot is not None
    list(snapshot.write(filled(), {}))
    assert "snapshot not written" in caplog.text
