"""Write aat.toml and the slash command, or print what users of the server must be allowed."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from aat_consumer.by_hand.starting import Draft, drafts
from aat_consumer.cli.agreement import agreed
from aat_consumer.cli.frame import EXIT_FAILED, EXIT_OK, Frame, framed
from aat_consumer.permissions import as_server_config, users
from aat_reporters.wire import DEFAULT_QUEUE, Namespace

__all__ = ["init"]


_FOLDER = click.Path(path_type=Path, file_okay=False, exists=True)
_EXAMPLES = (
    "Examples:  aat init   |   aat init --namespace shop --test-command 'pytest -q' --yes   |   "
    "aat init --nats-permissions > users.conf"
)


@click.command(epilog=_EXAMPLES)
@click.option("--folder", type=_FOLDER, default=Path(), help="The project's root.  [default: here]")
@click.option("--test-command", help="How fixes are checked; guessed where not given.")
@click.option("--yes", is_flag=True, help="Overwrite without asking.")
@click.option(
    "--nats-permissions",
    is_flag=True,
    help="Write nothing; print least-privilege users of the namespace for nats-server.conf.",
)
@click.option(
    "--queue",
    "task_names",
    multiple=True,
    default=(DEFAULT_QUEUE,),
    show_default=True,
    help="With --nats-permissions: a queue of tasks that is worked on; may be repeated.",
)
@framed
def init(
    frame: Frame,
    *,
    folder: Path,
    test_command: str | None,
    yes: bool,
    nats_permissions: bool,
    task_names: tuple[str, ...],
) -> int:
    """Write aat.toml, with a guessed test command, and .claude/commands/process_nats_errors.md.

    Exit codes: 0 written, 1 not agreed to or not writable, 2 a file is there, nobody to ask and no --yes.
    """
    if nats_permissions:
        return _print_permissions(frame, task_names)
    given = frame.flags.get("namespace")
    namespace = Namespace(str(given)).name if given else ""
    wanted = drafts(folder, namespace=namespace, test_command=test_command)
    in_the_way = [draft for draft in wanted if draft.path.exists() and not draft.is_there]
    if in_the_way and not yes and not sys.stdin.isatty():
        names = ", ".join(str(draft.path) for draft in in_the_way)
        raise click.UsageError(f"{names}: there already, and no terminal to ask on; --yes overwrites")
    code = EXIT_OK
    for draft in wanted:
        if draft in in_the_way and not agreed(f"Overwrite {draft.path}?", yes=yes):
            code = EXIT_FAILED
            continue
        if not _write(frame, draft):
            return EXIT_FAILED
    return code


def _print_permissions(frame: Frame, task_names: tuple[str, ...]) -> int:
    namespace = frame.settings.namespace
    found = users(namespace, task_names=task_names)
    text = as_server_config(namespace, found).rstrip("\n")
    frame.data({"namespace": namespace.name, "users": [user.to_json() for user in found]}, text)
    return EXIT_OK


def _write(frame: Frame, draft: Draft) -> bool:
    if draft.is_there:
        frame.data({"path": str(draft.path), "written": False}, f"{draft.path}: is there already")
        return True
    try:
        draft.path.parent.mkdir(parents=True, exist_ok=True)
        draft.path.write_text(draft.text, encoding="utf-8")
    except OSError as exc:
        frame.say(f"aat: {draft.path} cannot be written: {exc.strerror}")
        return False
    frame.data({"path": str(draft.path), "written": True}, f"{draft.path}: written")
    return True
