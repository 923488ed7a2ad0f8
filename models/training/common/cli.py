"""Command-line arguments that every script takes: where the data is, how long to train."""

import argparse
import os
from pathlib import Path

TRAINING = Path(__file__).resolve().parent.parent
MODELS = TRAINING.parent
RESULTS = TRAINING / "results"
RUNS = TRAINING / "runs"


def parser(description: str) -> argparse.ArgumentParser:
    """A parser with `--data`, which defaults to the environment's ATTUNE_DATA."""
    result = argparse.ArgumentParser(description=description)
    result.add_argument(
        "--data",
        type=Path,
        default=os.environ.get("ATTUNE_DATA"),
        required="ATTUNE_DATA" not in os.environ,
        help="folder with the data sets (default: $ATTUNE_DATA)",
    )
    return result


def training_parser(description: str, epochs: int) -> argparse.ArgumentParser:
    """As `parser`, plus the length of the training, its threads and its seed."""
    result = parser(description)
    length = result.add_mutually_exclusive_group()
    length.add_argument("--epochs", type=int, default=epochs, help="full setting")
    length.add_argument("--minutes", type=float, help="anneal by processor time and stop after so long")
    result.add_argument("--threads", type=int, default=1)
    result.add_argument("--seed", type=int, default=1)
    result.add_argument("--run", help="name of the folder under runs/ (default: the network's)")
    result.add_argument("--start-from", help="run whose averaged weights a new run begins with")
    return result


def cache_folder() -> Path:
    """Where decoded data may be kept between runs: outside the project, by design."""
    default = Path.home() / ".cache" / "attune-training"
    folder = Path(os.environ.get("ATTUNE_CACHE", default))
    folder.mkdir(parents=True, exist_ok=True)
    return folder
