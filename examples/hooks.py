"""Report what nothing caught: of a thread, of an asyncio task, and at last of the program itself."""

import asyncio
import threading

from aat_reporters import hooks


def send_mails() -> None:
    """Fail in a thread."""
    raise ConnectionError("the mail server does not answer")


async def refresh_prices() -> None:
    """Fail in a task that nobody waits for."""
    raise LookupError("no price for article 7")


async def main() -> None:
    """Start a task and forget it."""
    task = asyncio.create_task(refresh_prices())
    await asyncio.sleep(0)
    del task


if __name__ == "__main__":
    # NATS_URL, NATS_NAMESPACE and the rest come from the environment; `aat dev` prints them.
    hooks.install()
    thread = threading.Thread(target=send_mails)
    thread.start()
    thread.join()
    asyncio.run(main())
    raise RuntimeError("this ends the program")
