"""Scores with bootstrap confidence intervals, as small dictionaries for the results' JSON."""

import json
from pathlib import Path

import numpy as np

from common.cli import RESULTS

RESAMPLES = 500


def interval(statistic, *columns, groups=None, seed=0) -> dict:
    """`statistic(*columns)` with its 95 % interval over resampled rows, or resampled `groups`.

    Rows of one person are not independent: give their person as the group where it is known.
    """
    columns = [np.asarray(column) for column in columns]
    random = np.random.default_rng(seed)
    if groups is None:
        members = None
        count = len(columns[0])
    else:
        groups = np.asarray(groups)
        members = [np.flatnonzero(groups == name) for name in np.unique(groups)]
        count = len(members)
    drawn = []
    for _ in range(RESAMPLES):
        pick = random.integers(0, count, count)
        rows = pick if members is None else np.concatenate([members[i] for i in pick])
        value = statistic(*(column[rows] for column in columns))
        if np.isfinite(value):
            drawn.append(value)
    low, high = np.percentile(drawn, [2.5, 97.5])
    return {
        "value": round(float(statistic(*columns)), 4),
        "low": round(float(low), 4),
        "high": round(float(high), 4),
        "count": len(columns[0]),
    }


def accuracy(truth: np.ndarray, chosen: np.ndarray) -> float:
    return float(np.mean(truth == chosen))


def unweighted_recall(truth: np.ndarray, chosen: np.ndarray) -> float:
    """Mean recall over the classes that occur in `truth`."""
    return float(np.mean([np.mean(chosen[truth == c] == c) for c in np.unique(truth)]))


def macro_f1(truth: np.ndarray, chosen: np.ndarray) -> float:
    """Mean F1 over the classes that occur in `truth`."""
    values = []
    for c in np.unique(truth):
        hit = np.sum((truth == c) & (chosen == c))
        values.append(2 * hit / max(1, np.sum(truth == c) + np.sum(chosen == c)))
    return float(np.mean(values))


def calibration_error(truth: np.ndarray, probabilities: np.ndarray, bins: int = 15) -> float:
    """Expected calibration error of the largest probability, over bins of equal width."""
    confidence, chosen = probabilities.max(1), probabilities.argmax(1)
    place = np.minimum((confidence * bins).astype(int), bins - 1)
    error = 0.0
    for b in range(bins):
        inside = place == b
        if inside.any():
            gap = abs(np.mean(chosen[inside] == truth[inside]) - confidence[inside].mean())
            error += inside.mean() * gap
    return float(error)


def recalls(truth: np.ndarray, chosen: np.ndarray, labels) -> dict:
    """Recall and number of rows for each class, by name."""
    return {
        label: {
            "value": round(float(np.mean(chosen[truth == c] == c)), 4),
            "count": int(np.sum(truth == c)),
        }
        for c, label in enumerate(labels)
        if np.any(truth == c)
    }


def write(task: str, result: dict) -> Path:
    """Writes `results/<task>.json`, from which the card and the manifest are made."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{task}.json"
    path.write_text(json.dumps(result, indent=2, ensure_ascii=False) + "\n")
    print(path.read_text())
    return path
