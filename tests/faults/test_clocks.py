"""A clock that jumps while a report is worked on: leases are kept by clocks that cannot."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from aat_consumer.operate.server import EmbeddedServer
from aat_reporters.wire import Namespace
from tests.faults.consumers import assert_each_has_one_outcome, consuming
from tests.shop import MENDING_AGENT, make_shop

pytestmark = pytest.mark.faults


@pytest.fixture
def clock(tmp_path: Path) -> tuple[Path, dict[str, str]]:
    """Give a file of seconds to add to the wall clock, and the variables for programs that live by it."""
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("no C compiler")
    library, file = tmp_path / "clock.so", tmp_path / "clock"
    source = Path(__file__).with_name("jumping_clock.c")
    subprocess.run([compiler, "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)
    file.write_text("0")
    return file, {"LD_PRELOAD": str(library), "AAT_TEST_CLOCK": str(file)}


def test_the_clock_jumps(clock: tuple[Path, dict[str, str]]) -> None:
    file, variables = clock
    file.write_text("-3600")
    program = "import datetime, time; print(time.time(), datetime.datetime.now().timestamp())"
    done = subprocess.run([sys.executable, "-c", program], env=variables, capture_output=True, check=True)
    assert [round((time.time() - float(one)) / 60) for one in done.stdout.split()] == [60, 60]


@pytest.mark.parametrize("jump", ["-3600", "+3600", "+604800"])
def test_a_jump_of_the_clock_during_a_lease_changes_nothing(
    jump: str,
    clock: tuple[Path, dict[str, str]],
    tmp_path: Path,
    nats_server: EmbeddedServer,
    namespace: Namespace,
) -> None:
    runs = tmp_path / "runs"
    agent = f"import time\nopen({str(runs)!r}, 'a').write('run ')\ntime.sleep(8)\n" + MENDING_AGENT
    shop = make_shop(tmp_path / "shop", namespace=namespace, url=nats_server.url, agent=agent)
    file, variables = clock
    shop.publish(shop.report(), message_id="shell-1")
    with consuming(shop, "jumping", variables=variables) as jumping, consuming(shop, "steady") as steady:
        jumping.until(runs.exists)
        file.write_text(jump)
        for one in (jumping, steady):
            one.until(lambda: bool(shop.results()) and shop.is_settled())
    # Lease and ack wait are 2 s, the run takes 8: it was kept alive all along, and nobody took it over.
    assert runs.read_text() == "run "
    assert_each_has_one_outcome(shop, fixed=1)
