"""Answer what is asked for with a page."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response, StreamingResponse

from aat_consumer.operate.dashboard.drawing import bars, fill_in, sparkline
from aat_consumer.operate.dashboard.gathering import held_report, queued_tasks, story_of
from aat_consumer.operate.dashboard.guard import Access
from aat_consumer.operate.dashboard.listing import SORTS, find, read_query
from aat_consumer.operate.dashboard.rendering import render
from aat_consumer.operate.dashboard.running import Watching
from aat_consumer.operate.health import look
from aat_consumer.operate.history import HOUR, MINUTE, Issue, Series, State
from aat_consumer.operate.looking import consumers, stream_facts
from aat_consumer.streams import plan_streams
from aat_reporters.wire import ENVIRONMENTS

__all__ = ["Pages", "refusal"]

_DAY = 24 * HOUR

#: Name of a range of time to its length and the size of its bars, both in seconds.
RANGES = {"1h": (HOUR, MINUTE), "24h": (_DAY, HOUR), "7d": (7 * _DAY, HOUR), "30d": (30 * _DAY, _DAY)}

#: Issues that the page of rates lists.
MAX_TOP = 20

#: What an issue must have come to so that another run can be asked for.
_CAN_RETRY = (State.NOT_FIXED, State.DEAD, State.FIXED)


class Pages:
    """Make the pages of one dashboard.

    Args:
        watching: what they show.
        access: what they offer.
        server: address of the server for people, without secrets.
    """

    def __init__(self, watching: Watching, *, access: Access, server: str) -> None:
        self._watching = watching
        self._access = access
        self._server = server

    async def issues(self, request: Request) -> Response:
        """List the issues."""
        listing = find(self._watching.history, read_query(request.query_params))
        now = time.time()
        lines = {issue.signature: _last_day(issue, now) for issue in listing.issues}
        return self._page(request, "issues.html", listing=listing, sorts=list(SORTS), lines=lines)

    async def issue(self, request: Request) -> Response:
        """Show one issue with the story of one of its tasks."""
        issue = self._watching.history.issues.get(request.path_params["signature"])
        if issue is None:
            text = "There is no issue of this signature. Its messages may have left the streams."
            return self._page(request, "nothing.html", status=404, text=text)
        asked = request.query_params.get("task", "")
        task_id = asked if asked in issue.tasks else issue.task_id
        story = await self._story(task_id) if task_id else None
        return self._page(
            request,
            "issue.html",
            issue=issue,
            task_id=task_id,
            story=story,
            tasks=sorted(issue.tasks, key=issue.tasks.__getitem__, reverse=True),
            drawings=_drawings(issue, time.time()),
            can_retry=issue.state in _CAN_RETRY and bool(task_id),
        )

    async def quarantine(self, request: Request) -> Response:
        """List what the filter put aside."""
        held = sorted(self._watching.history.quarantine.values(), key=lambda one: one.at, reverse=True)
        is_all = request.query_params.get("show") == "all"
        listed = held if is_all else [one for one in held if one.state == "quarantined"]
        return self._page(request, "quarantine.html", held=listed[:500], total=len(held), is_all=is_all)

    async def held(self, request: Request) -> Response:
        """Show one report in quarantine, with what made it suspicious."""
        task_id = str(request.path_params["task_id"])
        held = await held_report(self._watching.js, task_id)
        if held is None:
            text = "This report is not in quarantine. Perhaps somebody has dropped it."
            return self._page(request, "nothing.html", status=404, text=text)
        known = self._watching.history.quarantine.get(task_id)
        return self._page(request, "held.html", held=held, task_id=task_id, known=known)

    async def tasks(self, request: Request) -> Response:
        """List the tasks of the task queues: what waits, and what is known of the others."""
        known = sorted(self._watching.history.tasks.values(), key=lambda task: task.at, reverse=True)
        waiting = await queued_tasks(self._watching.js)
        return self._page(request, "tasks.html", waiting=waiting, known=known[:200])

    async def task(self, request: Request) -> Response:
        """Show the story of one task."""
        task_id = str(request.path_params["task_id"])
        story = await self._story(task_id)
        if not story.steps:
            return self._page(request, "nothing.html", status=404, text="Nothing is known of this task.")
        signature = self._watching.history.issue_of.get(task_id, "")
        return self._page(request, "task.html", story=story, task_id=task_id, signature=signature)

    async def streams(self, request: Request) -> Response:
        """List the streams with their fill, and the queues with their lag."""
        js = self._watching.js
        names = [spec.name for spec in plan_streams(js.namespace)]
        streams = [(name, await stream_facts(js, name)) for name in names]
        found = [one for name, facts in streams if facts for one in await consumers(js, name)]
        # The dashboard's own readers come and go.
        durable = [one for one in found if one.is_durable]
        return self._page(request, "streams.html", streams=streams, consumers=durable)

    async def health(self, request: Request) -> Response:
        """Say what is well and what is not."""
        started = time.perf_counter()
        findings = await look(self._watching.js, ENVIRONMENTS)
        took = time.perf_counter() - started
        return self._page(
            request,
            "health.html",
            findings=findings,
            took=took,
            issues=len(self._watching.history.issues),
            folded=self._watching.history.folded,
            forgotten=self._watching.history.forgotten,
            up=time.time() - self._watching.started,
        )

    async def rates(self, request: Request) -> Response:
        """Draw error rates over time."""
        asked = request.query_params.get("range", "24h")
        name = asked if asked in RANGES else "24h"
        length, size = RANGES[name]
        now = time.time()
        since = now - length + size
        unit = min(size, HOUR)
        totals = self._watching.history.totals(unit=unit, since=since, now=now)
        series = {
            env: fill_in(found, unit=size, since=since, now=now) for env, found in sorted(totals.items())
        }
        series = {env: counts for env, counts in series.items() if sum(counts)}
        return self._page(
            request,
            "rates.html",
            span=name,
            ranges=list(RANGES),
            size=size,
            first=int(since) // size * size,
            series=series,
            drawing=bars(series),
            top=self._watching.history.most(MAX_TOP, unit=unit, since=since),
        )

    async def events(self, request: Request) -> Response:
        """Tell the page what changes, from what it saw last."""
        seen = request.headers.get("last-event-id") or request.query_params.get("since", "")
        missed = await self._watching.missed(seen)
        headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
        events = self._watching.hub.events(missed)
        return StreamingResponse(events, media_type="text/event-stream", headers=headers)

    async def healthz(self, _: Request) -> Response:
        """Answer a load balancer."""
        is_well = self._watching.is_connected
        return PlainTextResponse("ok\n" if is_well else "no server\n", status_code=200 if is_well else 503)

    async def metrics(self, _: Request) -> Response:
        """Answer Prometheus, which signs in with the token as its bearer token where one is set."""
        try:
            from aat_consumer.operate.metrics.exposition import CONTENT_TYPE, page
        except ModuleNotFoundError:
            text = "metrics need a package that is not installed: pip install 'aat-reporters[metrics]'\n"
            return PlainTextResponse(text, status_code=404)
        counts, taken = await self._watching.metrics.taken()
        return Response(page(counts, taken), headers={"content-type": CONTENT_TYPE})

    async def _story(self, task_id: str) -> Any:
        return await story_of(self._watching.js, task_id, waits=self._watching.peeker.find(task_id))

    def _page(self, request: Request, template: str, *, status: int = 200, **values: Any) -> Response:
        watching = self._watching
        frame = {
            "path": request.url.path,
            "namespace": watching.js.namespace.name,
            "server": self._server,
            "is_connected": watching.is_connected,
            "problem": watching.problem,
            "progress": watching.progress,
            "place": watching.place,
            "may_act": self._access.allow_actions,
            "has_token": bool(self._access.token),
            "form_key": self._access.form_key(),
            "now": time.time(),
            "waiting": watching.peeker.waiting,
            "held_count": sum(one.state == "quarantined" for one in watching.history.quarantine.values()),
            "issue_path": lambda signature: "/issues/" + quote(signature, safe=""),
        }
        return HTMLResponse(render(template, {**frame, **values}), status_code=status)


def refusal(text: str, *, status: int) -> Response:
    """Say in a page of its own why something cannot be shown or done."""
    return HTMLResponse(render("refusal.html", {"text": text}), status_code=status)


def _last_day(issue: Issue, now: float) -> Any:
    since = now - _DAY + HOUR
    found = [
        bucket for series in issue.series.values() for bucket in series.buckets(HOUR, since=since, now=now)
    ]
    return sparkline(fill_in(found, unit=HOUR, since=since, now=now), what="24 hours")


def _drawings(issue: Issue, now: float) -> list[tuple[str, Any, list[tuple[str, int]]]]:
    """Draw the last hour, day and month, each with its counts by environment."""
    drawn = []
    for title, name in (("Last hour, by minute", "1h"), ("Last 24 hours", "24h"), ("Last 30 days", "30d")):
        length, size = RANGES[name]
        since = now - length + size
        series = {env: _filled(one, size, since, now) for env, one in sorted(issue.series.items())}
        drawn.append((title, bars(series, height=60), [(env, sum(counts)) for env, counts in series.items()]))
    return drawn


def _filled(series: Series, size: int, since: float, now: float) -> list[int]:
    return fill_in(series.buckets(min(size, HOUR), since=since, now=now), unit=size, since=since, now=now)
