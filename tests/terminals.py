"""Run a command as a person does, on a terminal."""

from __future__ import annotations

import os
import pty
import subprocess
import sys

from tests.shop import Shop


def on_a_terminal(shop: Shop, *words: str, answer: str = "", code: int = 0) -> str:
    """Run a command on a terminal, and give what it showed on it.

    Args:
        shop: whose command.
        words: its arguments.
        answer: typed in at once.
        code: how the command must end.
    """
    ours, theirs = pty.openpty()
    if answer:
        os.write(ours, answer.encode())
    process = subprocess.Popen(
        [sys.executable, "-m", "aat_consumer", *words],
        cwd=shop.folder,
        env=shop.environment(),
        stdin=theirs if answer else subprocess.DEVNULL,
        stdout=theirs,
        stderr=theirs if answer else None,
    )
    os.close(theirs)
    shown = b""
    try:
        while chunk := os.read(ours, 65_536):
            shown += chunk
    except OSError:  # how a terminal says that its last writer is gone
        pass
    finally:
        os.close(ours)
    assert process.wait() == code
    return shown.decode()
