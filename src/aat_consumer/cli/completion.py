"""Print the script by which a shell completes commands and options."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from aat_consumer.cli.frame import EXIT_OK, Frame, framed

__all__ = ["completion"]

#: Where each shell finds it at its next start.
_PLACES = {
    "bash": 'eval "$(aat completion bash)"  in ~/.bashrc',
    "zsh": 'eval "$(aat completion zsh)"  in ~/.zshrc, behind compinit',
    "fish": "aat completion fish > ~/.config/fish/completions/aat.fish",
}


@click.command(
    epilog='Examples:  eval "$(aat completion bash)"   |   '
    "aat completion fish > ~/.config/fish/completions/aat.fish   |   aat completion zsh --json"
)
@click.argument("shell", type=click.Choice(list(_PLACES)))
@framed
def completion(frame: Frame, *, shell: str) -> int:
    """Print the script by which bash, zsh or fish completes aat's commands and options.

    Exit codes: 0 printed, 2 called wrongly.
    """
    from aat_consumer.cli.group import aat

    known = get_completion_class(shell)
    assert known is not None
    script = known(aat, {}, "aat", "_AAT_COMPLETE").source()
    frame.data({"shell": shell, "script": script, "install": _PLACES[shell]}, script)
    frame.say(f"to have it at every start: {_PLACES[shell]}")
    return EXIT_OK
