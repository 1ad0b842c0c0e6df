"""List every finding that the diagnosis can make, by its stable id: what it means, what to do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from aat_consumer.operate.diagnosis.server_codes import SERVER_CODES

__all__ = ["CATALOGUE", "Entry", "Severity", "explain"]


class Severity(Enum):
    """How much a finding matters, in the words that are printed."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing that can be wrong.

    Args:
        id: stable; E is an error, W a warning, I only to be known.
        title: in a few words.
        meaning: why it matters, and how it comes about.
        fix: what to do, as a command where there is one; a finding may have a better one.
    """

    id: str
    title: str
    meaning: str
    fix: str

    @property
    def severity(self) -> Severity:
        """Read the severity from the id."""
        letter = self.id.removeprefix("AAT-")[0]
        return {"E": Severity.ERROR, "W": Severity.WARNING}.get(letter, Severity.INFO)


def _entries(*rows: tuple[str, str, str, str]) -> dict[str, Entry]:
    return {code: Entry(id=code, title=title, meaning=meaning, fix=fix) for code, title, meaning, fix in rows}


CATALOGUE = _entries(
    (
        "AAT-E01",
        "nothing listens",
        "The address refuses connections: no server runs there, or a firewall says no. Reporters spool "
        "meanwhile and deliver later; nothing is fixed.",
        "aat dev, or set NATS_URL to where the server is",
    ),
    (
        "AAT-E02",
        "no JetStream",
        "The server runs without JetStream, or this account may not use it. Nothing can be stored.",
        "start it with: nats-server -js, or with what 'aat server config' prints",
    ),
    (
        "AAT-E03",
        "no stream takes the subject",
        "What is published to a subject without a stream is refused, or lost where a publisher does not "
        "wait for an answer. A stream is missing, or the subject is misspelt.",
        "aat stream ensure",
    ),
    (
        "AAT-E04",
        "stream drifted",
        "A stream is set up otherwise than this version wants it, or another stream takes its subjects.",
        "aat stream ensure --dry-run, then aat stream ensure",
    ),
    (
        "AAT-E05",
        "no worker",
        "Messages wait and nobody pulls them.",
        "aat run",
    ),
    (
        "AAT-E06",
        "worker hangs or died",
        "A message was given to a worker that has shown no sign of life for longer than the ack wait. A "
        "running worker renews its claim three times a lease, whatever its agent does.",
        "end the process that is named; aat run takes the work over",
    ),
    (
        "AAT-E07",
        "saturated",
        "As many messages are in work as the consumer may hold, so it gets no more: workers are stuck, or "
        "the limit is too low for as many as run.",
        "aat consumer info STREAM NAME; aat consumer reset STREAM NAME delivers again what is stuck",
    ),
    (
        "AAT-E08",
        "paused",
        "Somebody paused dispatch or one consumer. What waits keeps waiting and loses no delivery.",
        "aat resume",
    ),
    (
        "AAT-E09",
        "dead letters",
        "Reports or tasks failed three times and wait for a person.",
        "aat dlq list, then aat dlq retry ID or aat dlq drop ID",
    ),
    (
        "AAT-E10",
        "gone unread",
        "Messages left a work queue before anybody read them, because they were too old. The queue of the "
        "environment 'default' keeps reports for 7 days.",
        "run a consumer for this environment: aat run --environment NAME",
    ),
    (
        "AAT-E12",
        "messages may be too large for the server",
        "Reports have up to 256 KiB, and the server takes less. Larger reports are dropped by the publisher.",
        "max_payload: 1MB in the server's configuration",
    ),
    (
        "AAT-E13",
        "the reporter does not deliver",
        "An error sent through the configured reporter did not arrive on its stream.",
        "aat-report test",
    ),
    (
        "AAT-E14",
        "streams were lost with the server's store",
        "Streams were made anew, or none exists although earlier runs have made fixes here: the server lost "
        "its store, or it is another server. What waited is gone. Reporters deliver again what they had "
        "spooled. It is told for 7 days.",
        "aat stream ensure, with store_dir in a folder that outlives a reboot",
    ),
    (
        "AAT-E15",
        "credentials refused",
        "The server does not accept who signs in, or wants somebody to.",
        "set NATS_CREDS, NATS_USER with NATS_PASSWORD, NATS_TOKEN or NATS_NKEY; aat config show",
    ),
    (
        "AAT-E16",
        "TLS does not work",
        "The settings ask for TLS and the server speaks plain text, or its certificate is not trusted. "
        "Nothing secret was sent.",
        "set NATS_CA, or tls:// and nats:// in NATS_URL as the server has it",
    ),
    (
        "AAT-E17",
        "the server's name is not known",
        "The host in the address has no address of its own.",
        "check NATS_URL: aat config show",
    ),
    (
        "AAT-E18",
        "no nats-server answers",
        "Something accepts connections and is no nats-server, or it hangs.",
        "check host and port in NATS_URL, and the server's log",
    ),
    (
        "AAT-E19",
        "the agent is missing",
        "The program that works on errors is not installed here, so aat run would not start.",
        "npm install -g @anthropic-ai/claude-code, or aat run --agent KIND",
    ),
    (
        "AAT-E20",
        "the repository cannot be used",
        "Fixes start from a commit of a git repository, and there is none at [repository] path and base.",
        "set [repository] path and base in aat.toml",
    ),
    (
        "AAT-E21",
        "the filter cannot judge",
        "The prompt-injection filter or its model is missing or changed, so everything would be blocked.",
        "pip install --force-reinstall 'aat-reporters[consumer]', or mend [screening] in aat.toml",
    ),
    (
        "AAT-E22",
        "JetStream does not answer",
        "The server is there, and a request to its streams got no answer. A cluster chooses a new leader "
        "within seconds; without more than half of its servers it has none.",
        "try again in some seconds, then bring the lost servers back",
    ),
    (
        "AAT-W01",
        "monitoring is open to the network",
        "The monitoring port needs no sign-in and tells about streams, clients and addresses.",
        'http: "127.0.0.1:8222" in the server\'s configuration; aat server config',
    ),
    (
        "AAT-W02",
        "clocks differ",
        "This machine's clock and the server's differ. Counts by minute land in the wrong minute; claims do "
        "not depend on it.",
        "timedatectl set-ntp true on both machines",
    ),
    (
        "AAT-W04",
        "stream nearly full",
        "A full work queue refuses new reports, which reporters then spool; a full log forgets its oldest.",
        "aat stream purge NAME --older-than 7d, or [streams] results_mib and its like in aat.toml, then "
        "aat stream ensure",
    ),
    (
        "AAT-W05",
        "more than 1,000 messages a second",
        "One server takes far more, but a stream with a copy on one disk does not outlive that disk, and a "
        "flood of new errors keeps agents busy for long.",
        "aat stream ensure --replicas 3 on a cluster of three servers; aat rate shows which errors they are",
    ),
    (
        "AAT-W07",
        "the server's store is nearly given away",
        "What the streams may take adds up to most of what the server may store; another project's streams "
        "could not be made.",
        "a larger max_file_store in the server's configuration; aat server config",
    ),
    (
        "AAT-W08",
        "the consumer would warn",
        "aat run says this at every start.",
        "see the text",
    ),
    (
        "AAT-W09",
        "another program is called aat",
        "The first aat on PATH is another distribution's.",
        "call aat-consumer, or python -m aat_consumer",
    ),
    (
        "AAT-W10",
        "the store lies in a temporary folder",
        "A reboot or a cleaning job deletes the streams.",
        "store_dir in the server's configuration; aat server config",
    ),
    (
        "AAT-W11",
        "one copy of each stream in a cluster",
        "A cluster keeps streams available only where more than one server has a copy.",
        "aat stream ensure --replicas 3",
    ),
    (
        "AAT-W12",
        "a copy of a stream is away or behind",
        "One more lost server may stop the stream.",
        "bring the server back that is named",
    ),
    (
        "AAT-W13",
        "anybody on the network may publish and read",
        "The server is reachable from other machines and asks nobody to sign in.",
        "users in the server's configuration: aat server config",
    ),
    (
        "AAT-W14",
        "the network can read along",
        "The server is reachable from other machines and does not insist on TLS.",
        "tls in the server's configuration: aat server config --tls-cert FILE --tls-key FILE",
    ),
    (
        "AAT-W15",
        "alerts do not reach a channel",
        "The channel refuses or does not answer. A notification is tried for 24 hours and then given up; the "
        "other channels get it meanwhile.",
        "aat alert status, then aat alert test",
    ),
    (
        "AAT-W16",
        "nobody sends alerts",
        "A channel is set in the settings, and no process has kept the alerts' account for a minute. What "
        "happens meanwhile is told when one starts; that a server is away is not.",
        "aat alert run",
    ),
    (
        "AAT-I01",
        "repeats are dropped, as they should be",
        "The same error of the same release is reported once in 24 hours; its repeats are only counted. If "
        "you wait for a second report of an error that was fixed, deploy the fix as another release.",
        "aat rate shows the counts; aat errors retry ID runs one again",
    ),
    (
        "AAT-I02",
        "several projects share the server",
        "They do not see each other's streams, but share its store, its memory and its restarts.",
        "aat server config NAME NAME prints users that keep them apart",
    ),
    (
        "AAT-I03",
        "an older server",
        "Everything works, but one consumer cannot be paused: aat pause stops all of them.",
        "nats-server 2.11 or newer",
    ),
)


def explain(word: str) -> Entry | None:
    """Find a finding by its id (the AAT- may be left out), or one of the server's error codes.

    Returns:
        None where nothing has this id.
    """
    text = word.strip().upper()
    if text.isdigit():
        known = SERVER_CODES.get(int(text))
        return Entry(id=text, title=known[0], meaning=known[1], fix=known[2]) if known else None
    return CATALOGUE.get(text if text.startswith("AAT-") else f"AAT-{text}")
