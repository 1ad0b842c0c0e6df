"""Report what fails in Celery's tasks.

celery --workdir examples --app with_celery worker --pool solo
"""

import os
from typing import Any

from celery import Celery, signals

from aat_reporters.celery import report_failures

# A broker in the worker's own memory, so that this runs alone; a real one needs no other change.
app = Celery("shop", broker=os.environ.get("BROKER_URL", "memory://"))
# NATS_URL, NATS_NAMESPACE and the rest come from the environment; `aat dev` prints them.
report_failures(app)


@app.task(bind=True, max_retries=1, default_retry_delay=1)
def charge(self: Any, order: int) -> None:
    """Fail twice; the first failure is a retry and no report."""
    try:
        raise LookupError(f"no card for order {order}")
    except LookupError as error:
        raise self.retry(exc=error) from error


@signals.worker_ready.connect
def send(**_: object) -> None:
    """Send a task, as another program would."""
    charge.delay(7)
