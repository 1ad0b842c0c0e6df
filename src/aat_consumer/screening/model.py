"""Load the trained categoriser that is shipped with the package, byte for byte or not at all."""

from __future__ import annotations

import hashlib
import math
import sys
import tomllib
from array import array
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable

from aat_consumer.screening.nlp import Categoriser

__all__ = [
    "FEATURES_FILE",
    "META_FILE",
    "WEIGHTS_FILE",
    "Learned",
    "ModelChangedError",
    "digest",
    "load_learned",
]

META_FILE = "categoriser.toml"
FEATURES_FILE = "categoriser.features"
WEIGHTS_FILE = "categoriser.weights"

#: Scores nearer to 0 or 1 than this are all the same.
CERTAIN = 1e-6


class ModelChangedError(ValueError):
    """The model file is not the one that was shipped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """Hold the categoriser with its calibration; any thread may use it.

    Args:
        categoriser: scores segments.
        threshold: log odds at which a segment alone is as likely an attack as not.
        slope: how fast the weight rises there.
        version: of the training.
    """

    categoriser: Categoriser
    threshold: float
    slope: float
    version: str

    def weights(self, segments: Sequence[Collection[int]]) -> list[float]:
        """Return for each segment's features what it weighs among the rules, 0 to 1."""
        return [self._calibrated(score) for score in self.categoriser.scores(segments)]

    def _calibrated(self, score: float) -> float:
        score = min(max(score, CERTAIN), 1.0 - CERTAIN)
        return 1.0 / (1.0 + math.exp(-self.slope * (math.log(score / (1.0 - score)) - self.threshold)))


def digest(features: bytes, weights: bytes) -> str:
    """Return the SHA-256 of a model, in hex."""
    return hashlib.sha256(features + weights).hexdigest()


def load_learned(folder: Traversable | None = None) -> Learned:
    """Read a model; about 0.1 s.

    Args:
        folder: where its three files lie; the package's own by default.

    Raises:
        ModelChangedError: a file of the model was changed.
        OSError: a file of the model is missing.
    """
    data = folder or resources.files("aat_consumer.screening") / "data"
    meta = tomllib.loads((data / META_FILE).read_text(encoding="utf-8"))
    features = (data / FEATURES_FILE).read_bytes()
    weights = (data / WEIGHTS_FILE).read_bytes()
    if digest(features, weights) != meta["sha256"]:
        raise ModelChangedError(f"the filter's model does not have the SHA-256 of {META_FILE}: install again")
    numbers = array("I", features)
    if sys.byteorder == "big":
        numbers.byteswap()
    return Learned(
        categoriser=Categoriser(known=numbers, weights=weights),
        threshold=meta["threshold"],
        slope=meta["slope"],
        version=meta["version"],
    )
