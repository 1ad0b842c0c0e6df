"""Explain the error codes of nats-server's JetStream that this program's users can meet."""

from __future__ import annotations

__all__ = ["SERVER_CODES"]

#: Code to what the server says, what it means here, what to do; checked against 2.9.10 and 2.15.1 where a
#: test can bring them about.
SERVER_CODES = {
    10003: ("bad request", "The server could not use what was asked.", "aat doctor"),
    10005: (
        "no suitable peers for placement",
        "The cluster has fewer servers with JetStream and room than copies were asked for.",
        "aat stream ensure --replicas 1, or more servers",
    ),
    10008: (
        "JetStream system temporarily unavailable",
        "The cluster has no leader just now, as after the loss of a server.",
        "try again in some seconds; aat doctor names servers that are away",
    ),
    10014: ("consumer not found", "No consumer of this name.", "aat consumer list; aat run makes its own"),
    10023: (
        "insufficient resources",
        "The server may not store as much as the streams are allowed to take.",
        "a larger max_file_store in the server's configuration: aat server config",
    ),
    10026: ("maximum consumers limit reached", "The account may have no more.", "aat consumer rm"),
    10027: ("maximum number of streams reached", "The account may have no more.", "the account's limits"),
    10037: ("no message found", "It was acknowledged, removed or has expired.", "aat stream view NAME"),
    10039: ("JetStream not enabled for account", "This account may not use it.", "the account's settings"),
    10047: (
        "insufficient storage resources available",
        "The limits of all streams together are more than the server may store; each limit is reserved.",
        "a larger max_file_store, or a smaller max_bytes; aat server config",
    ),
    10052: (
        "stream configuration not valid",
        "Settings contradict each other.",
        "aat stream ensure --dry-run",
    ),
    10054: (
        "message size exceeds maximum allowed",
        "Larger than the stream takes.",
        "max_payload, max_msg_size",
    ),
    10058: (
        "stream name already in use with a different configuration",
        "A stream of this name exists and is set up otherwise.",
        "aat stream ensure --dry-run shows the difference, aat stream ensure changes it",
    ),
    10059: ("stream not found", "No stream of this name.", "aat stream ensure"),
    10060: ("expected stream does not match", "The subject belongs to another stream.", "aat doctor"),
    10065: (
        "subjects overlap with an existing stream",
        "Another stream takes one of the subjects already; a subject belongs to one stream.",
        "aat doctor names it; rename the namespace, or take the subject from that stream",
    ),
    10071: (
        "wrong last sequence",
        "Somebody else wrote in between; the consumer's compare and set works this way.",
        "nothing; it is tried again",
    ),
    10074: (
        "replicas > 1 not supported in non-clustered mode",
        "One server alone keeps one copy.",
        "aat stream ensure --replicas 1, or a cluster",
    ),
    10076: ("JetStream not enabled", "The server runs without it.", "nats-server -js; aat server config"),
    10077: (
        "the stream could not store the message",
        "Mostly that the stream is full and refuses new messages; reporters spool meanwhile.",
        "aat stream report, then aat stream purge or a larger max_bytes",
    ),
    10099: (
        "multiple non-filtered consumers not allowed on workqueue stream",
        "A work queue has exactly one consumer for each subject.",
        "aat consumer list; aat consumer rm the one that is not ours",
    ),
    10100: (
        "filtered consumer not unique on workqueue stream",
        "Two consumers would take the same subject of a work queue.",
        "aat consumer list; aat consumer rm the one that is not ours",
    ),
}
