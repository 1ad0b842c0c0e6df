"""Say what each kind of user of a namespace must be allowed on the server, and nothing more.

Pure. Names are exact, so that a user of ``shop`` reaches nothing of ``shop_v2``; wildcards stand only behind
the namespace's own names, and where a name is drawn by chance.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from aat_consumer.queues import Queue, error_queues, task_queues
from aat_reporters.wire import ALERT_LEDGER_KEY, ALERT_SILENCES_KEY, ALERTS_DURABLE, ENVIRONMENTS, Namespace

__all__ = ["Grant", "User", "as_blocks", "as_server_config", "users"]

_API = "$JS.API"


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What may be published to, and why.

    Args:
        why: in a line.
        subjects: exact, or with a wildcard for the last tokens.
    """

    why: str
    subjects: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """One user of the server.

    Args:
        role: ``reporter``, ``consumer``, ``dashboard``, ``alerts`` or ``operator``.
        name: to sign in with.
        password_variable: environment variable of the server that holds the password, or its hash.
        inbox_prefix: where answers to it arrive; nobody else may read there.
        duty: what it does, in a line.
        grants: what it may publish to.
    """

    role: str
    name: str
    password_variable: str
    inbox_prefix: str
    duty: str
    grants: tuple[Grant, ...]

    @property
    def publish(self) -> tuple[str, ...]:
        """List the subjects that it may publish to."""
        return tuple(subject for grant in self.grants for subject in grant.subjects)

    @property
    def subscribe(self) -> tuple[str, ...]:
        """List the subjects that it may subscribe to: its own inbox alone."""
        return (f"{self.inbox_prefix}.>",)

    def to_json(self) -> dict[str, object]:
        """Give everything key by key; there is no secret in it."""
        return {
            "role": self.role,
            "user": self.name,
            "password_variable": self.password_variable,
            "inbox_prefix": self.inbox_prefix,
            "duty": self.duty,
            "publish": [{"why": grant.why, "subjects": list(grant.subjects)} for grant in self.grants],
            "subscribe": list(self.subscribe),
        }


def users(namespace: Namespace, *, task_names: Sequence[str]) -> tuple[User, ...]:
    """List the users of a namespace with what each must be allowed.

    Args:
        namespace: whose.
        task_names: queues of tasks that are worked on.

    Raises:
        SettingsError: a name that cannot be a queue's.
    """
    queues = error_queues(namespace, ENVIRONMENTS)
    queues += tuple(queue for name in task_names for queue in task_queues(namespace, name))
    return (
        _user(namespace, "reporter", "publishes errors and counts; reads nothing", _reporter(namespace)),
        _user(namespace, "consumer", "aat run, task, errors, dlq, quarantine", _consumer(namespace, queues)),
        _user(namespace, "dashboard", "looks and changes nothing", _dashboard(namespace, queues)),
        _user(namespace, "alerts", "aat alert run and silence", _alerts(namespace, queues)),
        _user(namespace, "operator", "aat stream ensure", _operator(namespace)),
    )


def _user(namespace: Namespace, role: str, duty: str, grants: tuple[Grant, ...]) -> User:
    return User(
        role=role,
        name=f"{namespace.name}-{role}",
        password_variable=f"{namespace.name.upper().replace('-', '_')}_{role.upper()}_PASSWORD",
        inbox_prefix=f"_INBOX_{namespace.name}_{role}",
        duty=duty,
        grants=grants,
    )


def _errors(namespace: Namespace) -> tuple[str, ...]:
    return tuple(namespace.error_subject(environment) for environment in ENVIRONMENTS)


def _streams(namespace: Namespace) -> tuple[str, ...]:
    return (*(spec.name for spec in namespace.streams()), namespace.bucket_spec.name)


def _logs(namespace: Namespace) -> tuple[str, ...]:
    return tuple(spec.name for spec in namespace.streams() if not spec.is_work_queue)


def _api(action: str, names: Iterable[str], behind: str = "") -> tuple[str, ...]:
    return tuple(f"{_API}.{action}.{name}{behind}" for name in names)


def _reporter(namespace: Namespace) -> tuple[Grant, ...]:
    return (
        Grant(why="errors", subjects=_errors(namespace)),
        Grant(why="how often each one happened", subjects=(f"{namespace.name}.occurrences.>",)),
    )


def _looking(namespace: Namespace, queues: tuple[Queue, ...]) -> tuple[Grant, ...]:
    """Grant what neither takes nor changes anything."""
    names, bucket = _streams(namespace), namespace.bucket_spec.name
    durables = tuple(f"{queue.stream}.{queue.durable}" for queue in queues)
    return (
        Grant(why="what the streams hold", subjects=_api("STREAM.INFO", names)),
        Grant(why="messages where they lie", subjects=_api("STREAM.MSG.GET", names)),
        Grant(why="records, where the bucket was made for it", subjects=_api("DIRECT.GET", (bucket,), ".>")),
        Grant(why="how far the durables have come", subjects=_api("CONSUMER.INFO", durables)),
        Grant(why="which consumers there are", subjects=_api("CONSUMER.LIST", names)),
        Grant(why="whether there is a JetStream, for aat doctor", subjects=(f"{_API}.INFO",)),
    )


def _consumer(namespace: Namespace, queues: tuple[Queue, ...]) -> tuple[Grant, ...]:
    name = namespace.name
    durables = tuple(f"{queue.stream}.{queue.durable}" for queue in queues)
    kinds = ("investigation", "results", "security", "occurrences")
    emptied = [spec.name for spec in namespace.streams() if spec.is_work_queue]
    emptied += [namespace.security, namespace.investigations]
    return (
        Grant(why="what became of a report", subjects=tuple(f"{name}.{kind}.>" for kind in kinds)),
        Grant(
            why="what a person releases or retries, and tasks",
            subjects=(*_errors(namespace), f"{name}.tasks.>"),
        ),
        Grant(why="claims, fences, done-records", subjects=(f"$KV.{namespace.bucket}.>",)),
        *_looking(namespace, queues),
        Grant(why="its durables", subjects=_api("CONSUMER.DURABLE.CREATE", durables)),
        Grant(why="pulls, by its durables alone", subjects=_api("CONSUMER.MSG.NEXT", durables)),
        Grant(why="acknowledgements", subjects=tuple(f"$JS.ACK.{durable}.>" for durable in durables)),
        Grant(why="buries dead letters; drops", subjects=_api("STREAM.MSG.DELETE", emptied)),
    )


def _reads(namespace: Namespace) -> Grant:
    logs = _logs(namespace)
    subjects = _api("CONSUMER.CREATE", logs)
    subjects += _api("CONSUMER.MSG.NEXT", logs, ".*") + _api("CONSUMER.DELETE", logs, ".*")
    return Grant(why="readers of the logs, whose names are drawn by chance; of no queue", subjects=subjects)


def _alerts(namespace: Namespace, queues: tuple[Queue, ...]) -> tuple[Grant, ...]:
    durables = tuple(f"{log}.{ALERTS_DURABLE}" for log in _logs(namespace))
    keys = (ALERT_LEDGER_KEY, ALERT_SILENCES_KEY)
    return (
        *_looking(namespace, queues),
        _reads(namespace),
        Grant(why="its own durables", subjects=_api("CONSUMER.DURABLE.CREATE", durables)),
        Grant(why="acknowledgements", subjects=tuple(f"$JS.ACK.{durable}.>" for durable in durables)),
        Grant(
            why="what was told, and what is silenced",
            subjects=tuple(f"$KV.{namespace.bucket}.{key}" for key in keys),
        ),
    )


def _dashboard(namespace: Namespace, queues: tuple[Queue, ...]) -> tuple[Grant, ...]:
    return (*_looking(namespace, queues), _reads(namespace))


def _operator(namespace: Namespace) -> tuple[Grant, ...]:
    names = _streams(namespace)
    return (
        Grant(why="looks before it changes", subjects=_api("STREAM.INFO", names)),
        Grant(why="makes what is missing", subjects=_api("STREAM.CREATE", names)),
        Grant(why="brings settings up to date; deletes nothing", subjects=_api("STREAM.UPDATE", names)),
    )


def as_server_config(namespace: Namespace, found: Sequence[User]) -> str:
    """Write the users as a block of nats-server.conf."""
    blocks = as_blocks(found)
    first = found[0]
    return f"""\
# Users of namespace {namespace.name}, each with what it needs and nothing else.
#
# A nats-server.conf has one block "authorization": put the users of several namespaces into one list.
# Each password is read from the server's environment, and the server does not start without it. A hash that
# 'nats server passwd' prints may stand there too; a password with spaces, or of digits alone, needs quotes
# inside the variable.
# Without TLS passwords travel in plain text: add tls {{ cert_file: ..., key_file: ... }}.
#
# A user's answers arrive below an inbox prefix of its own, for whoever may subscribe to _INBOX.> reads
# everybody's answers. So its program needs it too:
#   NATS_USER={first.name} NATS_PASSWORD=... NATS_INBOX_PREFIX={first.inbox_prefix}
#
# These keep honest programs apart. Who makes consumers or streams has the server deliver to any subject, so
# projects that do not trust each other need accounts of their own, with these users in each.
authorization {{
  users: [
{blocks}
  ]
}}
"""


def as_blocks(found: Sequence[User]) -> str:
    """Write users as entries of a list in nats-server.conf."""
    return "\n".join(_block(user) for user in found)


def _block(user: User) -> str:
    lines = [f"    # {user.role}: {user.duty}", "    {"]
    lines += [f'      user: "{user.name}"', f"      password: ${user.password_variable}"]
    lines += ["      permissions: {", "        publish: {", "          allow: ["]
    for grant in user.grants:
        lines.append(f"            # {grant.why}")
        lines += [f'            "{subject}"' for subject in grant.subjects]
    lines += ["          ]", "        }", "        subscribe: {", "          allow: ["]
    lines += [f'            "{subject}"' for subject in user.subscribe]
    lines += ["          ]", "        }", "      }", "    }"]
    return "\n".join(lines)
