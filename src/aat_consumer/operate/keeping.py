"""Keep the snapshot of a history in the user's cache, for them alone."""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from aat_consumer.operate.following import Covered
from aat_consumer.operate.history import History
from aat_consumer.operate.history.snapshot import SnapshotError, load, pieces
from aat_reporters.wire import Namespace

__all__ = ["Snapshot", "snapshot_of"]

logger = logging.getLogger(__name__)

#: Bytes of a snapshot that are read at most; 100,000 issues take some 60 MB.
MAX_BYTES = 512 * 1024 * 1024


class Snapshot:
    """Read and write one snapshot; whatever is wrong with it costs time and nothing else.

    Args:
        path: of the file; its folder is made.
        namespace: whose history it is.
    """

    def __init__(self, path: Path, *, namespace: Namespace) -> None:
        self._path = path
        self._namespace = namespace

    def read(self) -> tuple[History, dict[str, Covered]]:
        """Give what was kept, or an empty history."""
        try:
            if self._path.stat().st_size <= MAX_BYTES:
                history, covered = load(self._path.read_bytes(), namespace=self._namespace)
                return history, {stream: Covered(*place) for stream, place in covered.items()}
        except FileNotFoundError:
            pass
        except (OSError, SnapshotError) as exc:
            logger.info("snapshot thrown away: %s", exc)
        return History(self._namespace), {}

    def write(self, history: History, covered: Mapping[str, Covered]) -> Iterator[None]:
        """Keep a history, a piece each time the iterator is asked for the next.

        The file is replaced behind the last piece; one that cannot be written is logged and let go.
        """
        places = {name: (place.created, place.low, place.high) for name, place in covered.items()}
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            number, name = tempfile.mkstemp(dir=self._path.parent, prefix=".aat-")
        except OSError as exc:
            logger.warning("snapshot not written: %s", exc)
            return
        try:
            with os.fdopen(number, "wb") as file:
                for piece in pieces(history, covered=places):
                    file.write(piece)
                    yield
            Path(name).replace(self._path)
        except OSError as exc:
            logger.warning("snapshot not written: %s", exc)
        finally:
            with contextlib.suppress(OSError):
                Path(name).unlink()  # there only if it was not renamed

    def remove(self) -> None:
        """Throw it away."""
        with contextlib.suppress(OSError):
            self._path.unlink()


def snapshot_of(namespace: Namespace, *, server: str, source: Mapping[str, str]) -> Snapshot | None:
    """Name the snapshot of a namespace on a server; None where there is no home to keep it in.

    Args:
        namespace: whose history.
        server: address, without secrets.
        source: the environment to read ``XDG_CACHE_HOME`` and ``HOME`` from.
    """
    cache = source.get("XDG_CACHE_HOME", "")
    home = source.get("HOME", "")
    if not cache.startswith("/"):
        if not home.startswith("/"):
            return None
        cache = str(Path(home) / ".cache")
    where = hashlib.sha256(server.encode()).hexdigest()[:12]
    name = f"{namespace.name}-{where}.snapshot"
    return Snapshot(Path(cache) / "aat" / "history" / name, namespace=namespace)
