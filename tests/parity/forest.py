"""The isolation forest against scikit-learn's and shap's, on a made-up table: how alike they judge, and how long both take.

The same trees give the same numbers: that is a test of the crate (`forest_fixture.py`). Draws differ, as they do from seed to seed of
one program. So rank correlation of the scores and the share of flagged rows in common stand beside those of scikit-learn's own next
seed. Needs no data.
"""

import os

os.environ["OMP_NUM_THREADS"] = "1"  # one core on both sides

import statistics
import time

import numpy as np
import shap
from scipy.stats import spearmanr
from sklearn.ensemble import IsolationForest

from common import example, table
from forest_fixture import CONTAMINATION, made_up

ROWS, WIDTH, TREES, SEEDS = 500, 20, 700, 20


def theirs(rows: np.ndarray, seed: int) -> IsolationForest:
    return IsolationForest(n_estimators=TREES, contamination=CONTAMINATION, random_state=seed, n_jobs=1).fit(rows)


def ours(rows: np.ndarray, seed: int) -> list[dict[str, str]]:
    return example("forest", [",".join(map(repr, row)) for row in rows.tolist()], str(TREES), str(CONTAMINATION), str(seed))


def flagged(scores: np.ndarray) -> set[int]:
    return set(np.flatnonzero(scores < np.percentile(scores, 100 * CONTAMINATION)).tolist())


def likeness(one: np.ndarray, other: np.ndarray) -> tuple[float, float]:
    """Spearman's correlation, and the share of flagged rows in common."""
    both = flagged(one) & flagged(other)
    return float(spearmanr(one, other).statistic), len(both) / len(flagged(other))


def row(name: str, pairs: list[tuple[float, float]]) -> list[str]:
    ranks, common = zip(*pairs)
    return [name, f"{min(ranks):.4f}", f"{statistics.mean(ranks):.4f}", f"{min(common):.2f}", f"{statistics.mean(common):.3f}"]


def alike(rows: np.ndarray) -> None:
    reference = [theirs(rows, seed).score_samples(rows) for seed in range(SEEDS + 1)]
    own = [np.array([float(line["score"]) for line in ours(rows, seed)]) for seed in range(SEEDS)]
    table(
        ["scores", "rank correlation: least", "mean", "flagged in common: least", "mean"],
        [
            row("Attune and scikit-learn, by seed", list(map(likeness, own, reference))),
            row("scikit-learn and its next seed", list(map(likeness, reference[1:], reference))),
            row("the means over all seeds", [likeness(np.mean(own, axis=0), np.mean(reference, axis=0))]),
        ],
    )


def speed(rows: np.ndarray) -> None:
    start = time.process_time()
    forest = theirs(rows, 42)
    forest.decision_function(rows)
    fitted = time.process_time()
    explainer = shap.TreeExplainer(forest)
    built = time.process_time()
    explainer.shap_values(rows)
    explained = time.process_time()
    took = min(float(ours(rows, 42)[0]["micros"]) for _ in range(3)) / 1e6
    whole, steps = explained - start, [fitted - start, built - fitted, explained - built]
    rest = whole - steps[1]
    table(
        ["s", "fit and score", "shap's reading of the trees", "contributions", "all", "times as long as Attune's"],
        [
            ["scikit-learn and shap", *(f"{step:.2f}" for step in steps), f"{whole:.2f}", f"{whole / took:.0f}"],
            ["without the reading", f"{steps[0]:.2f}", "", f"{steps[2]:.2f}", f"{rest:.2f}", f"{rest / took:.0f}"],
            ["Attune, one thread", "", "", "", f"{took:.3f}", "1"],
        ],
    )


def main() -> None:
    rows = made_up(np.random.default_rng(0), ROWS, WIDTH)
    alike(rows)
    speed(rows)


if __name__ == "__main__":
    main()
