"""Train the text categoriser of the filter and write it as package data.

    python scripts/train_filter.py TRAIN.jsonl [MORE.jsonl ...] [--out FOLDER] [--seed 7] [--folds-only]

A row is ``{"id", "text", "label": 1 or 0}`` with ``source``, ``kind``, ``evasion`` and ``payload`` where
known. Further texts are made of the templates in ``filter_training``. The threshold is chosen on folds
grouped by source. Takes some minutes on one core; the same rows, templates, lexicon, seed and versions of
numpy and thinc give the same bytes.
"""

from __future__ import annotations

import argparse
import array
import sys
from importlib import metadata
from pathlib import Path

from filter_training.calibration import by_source, fitted_slope, report_lines, scored, threshold_at
from filter_training.examples import LIMITS, generated, read_rows
from filter_training.learning import Model, chosen, train

from aat_consumer.screening import model as shipped
from aat_consumer.screening.reading import Reader

#: Version of a training: raise it with every model that is shipped.
VERSION = "2"

#: Share of the harmless rows of unseen sources that the categoriser alone may flag, by kind.
FALSE_ALARMS = {"hard_benign": 0.015, "benign": 0.002, "message": 0.002}

DATA = Path(shipped.__file__).with_name("data")


def main() -> int:
    """Train, print what the folds say, write the model."""
    parser = argparse.ArgumentParser(description="Train the text categoriser of the filter.")
    parser.add_argument("rows", nargs="+", type=Path, metavar="TRAIN.jsonl")
    parser.add_argument(
        "--out", type=Path, default=DATA, help="folder for the model; the package data by default"
    )
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--folds-only", action="store_true", help="print what the folds say, write nothing")
    options = parser.parse_args()
    reader = Reader.load(limits=LIMITS)
    rows = list(read_rows(options.rows, reader=reader))
    made = generated(seed=options.seed, reader=reader)
    print(f"{len(rows)} rows, {len(made)} segments made of templates", file=sys.stderr)
    examples = chosen(rows, generated=made, seed=options.seed)
    odds = scored(rows, fold=by_source(rows), examples=examples, generated=made, seed=options.seed)
    threshold = threshold_at(rows, odds, false_alarms=FALSE_ALARMS)
    slope = fitted_slope(rows, odds)
    print(f"threshold {threshold:.3f}, slope {slope:.3f}; the categoriser alone, by source never seen:")
    print("\n".join(report_lines(rows, odds, threshold=threshold)))
    if not options.folds_only:
        every = dict.fromkeys(one for row in rows for one in examples[row.id])
        model = train([*dict.fromkeys((*every, *made))], seed=options.seed)
        write(model, folder=options.out, threshold=threshold, slope=slope, seed=options.seed)
    return 0


def write(model: Model, *, folder: Path, threshold: float, slope: float, seed: int) -> None:
    """Write features, weights, and the file that names their hash."""
    numbers = array.array("I", model.known)
    if sys.byteorder == "big":
        numbers.byteswap()
    features = numbers.tobytes()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / shipped.FEATURES_FILE).write_bytes(features)
    (folder / shipped.WEIGHTS_FILE).write_bytes(model.weights)
    sha256 = shipped.digest(features, model.weights)
    used = ", ".join(f"{name} {metadata.version(name)}" for name in ("spacy", "thinc", "numpy"))
    (folder / shipped.META_FILE).write_text(
        "# Written by scripts/train_filter.py.\n"
        f'version = "{VERSION}"\nsha256 = "{sha256}"\nthreshold = {threshold:.4f}\nslope = {slope:.4f}\n'
        f'seed = {seed}\ntrained_with = "{used}"\n',
        encoding="utf-8",
    )
    print(f"wrote {len(features) + len(model.weights)} bytes, sha256 {sha256}", file=sys.stderr)


if __name__ == "__main__":
    raise SystemExit(main())
