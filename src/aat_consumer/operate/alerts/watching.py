"""Watch a namespace and tell people: read, judge, account, deliver, again and again.

Nothing is lost and nothing told twice by a kill at any point: what was judged, what waits and what was
delivered is one record in the bucket, written before a message is acknowledged and before anything is
sent. Only a kill between a channel's yes and the next write sends one notification again, under the same id.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
import uuid
from collections.abc import Awaitable, Callable
from functools import partial

from aat_consumer.claims import Owner
from aat_consumer.errors import QueueError
from aat_consumer.intake import take
from aat_consumer.jetstream import JetStream, Stored
from aat_consumer.operate.alerts.account import Account
from aat_consumer.operate.alerts.channels import Channels
from aat_consumer.operate.alerts.conditions import Conditions, down_alert, up_alert
from aat_consumer.operate.alerts.judging import Judge, judged_streams
from aat_consumer.operate.alerts.ledger import Ledger
from aat_consumer.operate.alerts.rules import Alert
from aat_consumer.operate.alerts.sampling import sample
from aat_consumer.operate.alerts.sending import Observe, Sending
from aat_consumer.operate.alerts.silences import is_silenced, listed
from aat_consumer.queues import Queue, error_queues
from aat_consumer.settings import Settings
from aat_reporters.errors import NotConnectedError
from aat_reporters.wire import ALERTS_DURABLE, ENVIRONMENTS, MESSAGE_ID_HEADER

__all__ = ["Watch"]

logger = logging.getLogger(__name__)

#: Seconds between two turns: soon enough for what is urgent, and a dozen small requests each.
INTERVAL = 1.0

#: Seconds between two looks at queues and streams.
SAMPLE_INTERVAL = 15.0

#: Pulls of one stream in one turn, so that a flood of one neither holds up the others nor fills the memory.
MAX_PULLS = 4

#: Reports looked at in one queue in one turn.
MAX_LOOKS = 500


class Watch:
    """Run the alerts of one namespace; use it from one event loop.

    Args:
        connect: gives a connection, or raises NotConnectedError.
        settings: the rules, and what counts as hung.
        channels: to tell by.
        observe: told of what is told, delivered, and not delivered.
        say: told once what is waited for.
    """

    def __init__(
        self,
        connect: Callable[[], Awaitable[JetStream]],
        *,
        settings: Settings,
        channels: Channels,
        observe: Observe,
        say: Callable[[str], None],
    ) -> None:
        self._connect = connect
        self._settings = settings
        self._channels = channels
        self._observe = observe
        self._say = say
        self._owner = Owner.this_process()
        self._wake = asyncio.Event()
        self._is_stopping = False
        # What a channel took is written down at once: a kill before that sends it again.
        self._sending = Sending(channels, observe, on_end=self._wake.set)
        self._js: JetStream | None = None
        self._account: Account | None = None
        self._judge: Judge | None = None
        self._conditions: Conditions | None = None
        self._sampled_at = 0.0
        self._has_begun = False
        self._is_behind = False
        #: Raised and not yet in the ledger: the server may go away while a turn reads.
        self._found: list[Alert] = []
        self._down_since = 0.0
        self._alone = Ledger()
        self._said = ""

    def stop(self) -> None:
        """Finish the turn, write the account and end."""
        self._is_stopping = True
        self._wake.set()

    async def run(self) -> None:
        """Watch until stopped; outlives restarts of the server, and says when it waits for it."""
        while not self._is_stopping:
            now = time.time()
            try:
                await self._turn(now)
            except (QueueError, NotConnectedError) as exc:
                self._has_begun = self._is_behind = False
                self._say_once(str(exc))
                self._miss_server(now)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(0 if self._is_behind else INTERVAL):
                    await self._wake.wait()
            self._wake.clear()
        await self._end()

    async def _turn(self, now: float) -> None:
        if self._js is None or self._js.is_closed:
            self._js = await self._connect()
            self._account = None
        account = self._account = self._account or Account(self._js, owner=self._owner)
        if account.ledger is None:
            if not await account.take():
                self._say_once("another process sends the alerts of this namespace; waiting for it to end")
                return
            self._has_begun, self._judge, self._found = False, None, []
        ledger = account.ledger
        assert ledger is not None
        if not self._has_begun:
            await self._begin(self._js, account, ledger)
        if account.ledger is None:
            return
        assert self._judge is not None
        replies = await self._read(self._js, self._judge, ledger)
        await self._look_around(self._js, now)
        silences = await listed(self._js, now=now)
        self._greet_server(ledger, now)
        found, self._found = self._found, []
        for alert in found:
            if is_silenced(alert, silences, now=now):
                ledger.silenced += 1
            else:
                ledger.offer(alert, now=now, settings=self._settings.alerts)
        self._tell(ledger, now)
        if not await account.write():
            return
        for reply in replies:
            await self._js.acknowledge_reply(reply)
        self._said = ""
        # Only what is written is sent: its id survives a kill.
        self._sending.start(ledger, now=now)

    def _tell(self, ledger: Ledger, now: float) -> None:
        """Note what ended, and put together what is due."""
        self._sending.finish(ledger, now=now)
        told = ledger.gather(
            now=now, settings=self._settings.alerts, notification_id=f"alert-{uuid.uuid4().hex}"
        )
        if told is not None:
            rules = [alert.rule for alert in told.alerts]
            self._observe("told", {"id": told.id, "rules": rules, "more": told.more})

    # -- reading ----------------------------------------------------------------------------------

    async def _begin(self, js: JetStream, account: Account, ledger: Ledger) -> None:
        """Read again what was judged before, in silence, and begin behind it."""
        ledger.use_channels(self._channels.names)
        settings = self._settings
        queues = error_queues(js.namespace, ENVIRONMENTS)
        judge = self._judge or Judge(js.namespace, settings.alerts)
        extents = {}
        for stream in (*judged_streams(js.namespace), *(queue.stream for queue in queues)):
            extent = extents[stream] = await js.reading.extent(stream)
            cursor = ledger.cursors.get(stream, extent.last)
            # Sequences beyond the last one are of another stream, which was deleted: all of this one is new.
            ledger.cursors[stream] = cursor if cursor <= extent.last else 0
        # Written before the past is read, which may take a while: from here on nothing is lost.
        if not await account.write():
            return
        for stream in judged_streams(js.namespace):
            extent, last = extents[stream], ledger.cursors[stream]
            if self._judge is None:
                async for batch in js.reading.stretch(stream, first=extent.first, last=last):
                    for message in batch:
                        judge.of_log(message)
            await js.durables.begin(stream, ALERTS_DURABLE, first=last + 1)
        for queue in queues:
            if self._judge is None:
                async for found in js.messages.walk(queue.stream, queue.subject):
                    if found.sequence > ledger.cursors[queue.stream]:
                        break
                    _look_at(judge, found, queue)
        if self._judge is None:
            hung_after = settings.agent.timeout + settings.consumer.ack_wait
            self._conditions = Conditions(settings.alerts, hung_after=hung_after, holding=ledger.holding)
            self._judge = judge
        self._has_begun = True

    async def _read(self, js: JetStream, judge: Judge, ledger: Ledger) -> list[str]:
        """Judge what is new in the order of its time, and give what acknowledges it when that is written.

        Nothing is judged before all is read, for the server may go away between: then all is read again.
        """
        cursors, replies = dict(ledger.cursors), []
        news: list[tuple[float, Callable[[], list[Alert]]]] = []
        for queue in error_queues(js.namespace, ENVIRONMENTS):
            looks = 0
            async for found in js.messages.walk(queue.stream, queue.subject, start=cursors[queue.stream] + 1):
                news.append((found.stored_at(otherwise=time.time()), partial(_look_at, judge, found, queue)))
                cursors[queue.stream] = found.sequence
                looks += 1
                if looks >= MAX_LOOKS:
                    break
        self._is_behind = False
        for stream in judged_streams(js.namespace):
            for _ in range(MAX_PULLS):
                pulled = await js.durables.pull(stream, ALERTS_DURABLE)
                news += [(message.stored_at, partial(judge.of_log, message)) for message in pulled.reads]
                if pulled.reply:
                    replies.append(pulled.reply)
                    cursors[stream] = pulled.reads[-1].sequence
                if not pulled.pending:
                    break
            self._is_behind = self._is_behind or pulled.pending > 0
        for _, judged in sorted(news, key=lambda pair: pair[0]):
            self._found += judged()
        ledger.cursors.update(cursors)
        return replies

    async def _look_around(self, js: JetStream, now: float) -> None:
        assert self._conditions is not None
        if now - self._sampled_at >= SAMPLE_INTERVAL:
            taken = await sample(js, self._settings.consumer.environments, now=now)
            self._found += self._conditions.observe(taken)
            self._sampled_at = now

    # -- the server -------------------------------------------------------------------------------

    def _miss_server(self, now: float) -> None:
        """Tell people when the server is away for long; without it nothing can be written down."""
        if self._js is not None and self._js.client.is_connected:
            return  # it answers, and something else is wrong, which was said
        self._down_since = self._down_since or now
        alerts = self._settings.alerts
        if "down" not in alerts.rules or now - self._down_since < alerts.down_after:
            return
        ledger = self._account.ledger if self._account and self._account.ledger else self._alone
        if not ledger.channels:
            ledger.use_channels(self._channels.names)
        alert = down_alert(self._settings.connection.server, at=now, since=self._down_since)
        ledger.offer(alert, now=now, settings=alerts)
        self._tell(ledger, now)
        self._sending.start(ledger, now=now)

    def _greet_server(self, ledger: Ledger, now: float) -> None:
        if not self._down_since:
            return
        since, self._down_since = self._down_since, 0.0
        assert self._conditions is not None
        self._conditions.forget_time()
        alert = up_alert(self._settings.connection.server, at=now, since=since)
        ledger.offer(alert, now=now, settings=self._settings.alerts)

    async def _end(self) -> None:
        await self._sending.wait()
        account = self._account
        with contextlib.suppress(QueueError):
            if account is not None and account.ledger is not None:
                self._sending.finish(account.ledger, now=time.time())
                await account.leave()
        if self._js is not None:
            await self._js.close()

    def _say_once(self, text: str) -> None:
        if text != self._said:
            self._say(text)
        self._said = text


def _look_at(judge: Judge, found: Stored, queue: Queue) -> list[Alert]:
    """Judge a report where it waits, taking nothing."""
    message_id = found.headers.get(MESSAGE_ID_HEADER, "")
    task = take(found.payload, headers=found.headers, queue=queue, message_id=message_id)
    return judge.of_queue(task, stored_at=found.stored_at(otherwise=time.time()))
