"""The isolation forest against scikit-learn's and shap's, on a made-up table: how alike they judge, and how long both take.

The same trees give the same numbers: that is a test of the crate (`forest_fixture.py`). Draws differ, as they do from seed to seed of
one program. So rank correlation of the scores and the share of flagged rows in common stand beside those of scikit-learn's own next
seed. Needs no data.
"""

import os

os.environ["OMP_NUM_THREADS"] = "1"  # one core on both sides

import resource
import statistics
import sys
import time

import numpy as np
import shap
from scipy.stats import spearmanr
from sklearn.ensemble import IsolationForest

from common import example, table
from forest_fixture import CONTAMINATION, made_up

ROWS, WIDTH, TREES, SEEDS = 500, 20, 700, 20
TURNS = 3
CROWDS = (1_000, 10_000, 100_000)


def theirs(rows: np.ndarray, seed: int) -> IsolationForest:
    return IsolationForest(n_estimators=TREES, contamination=CONTAMINATION, random_state=seed, n_jobs=1).fit(rows)


def ours(rows: np.ndarray, seed: int) -> list[dict[str, str]]:
    return example("forest", [",".join(map(repr, row)) for row in rows.tolist()], str(TREES), str(CONTAMINATION), str(seed), profile="release")


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


def their_times(rows: np.ndarray) -> list[float]:
    """Seconds to grow, to score, to have shap read the trees, and to explain."""
    start = time.process_time()
    forest = theirs(rows, 42)
    fitted = time.process_time()
    forest.decision_function(rows)
    scored = time.process_time()
    explainer = shap.TreeExplainer(forest)
    built = time.process_time()
    explainer.shap_values(rows)
    explained = time.process_time()
    return [fitted - start, scored - fitted, built - scored, explained - built]


def our_times(rows: np.ndarray) -> list[float]:
    """Seconds to grow, to score, and to explain; nothing reads the trees."""
    first = ours(rows, 42)[0]
    grown, scored, explained = (float(first[step]) / 1e6 for step in ("fit", "scoring", "explaining"))
    return [grown, scored, 0.0, explained]


def speed(rows: np.ndarray) -> None:
    """By turns, so that what else the machine does meets both; of each the turn that took least."""
    turns = [(their_times(rows), our_times(rows)) for _ in range(TURNS)]
    reference, own = (min(times, key=sum) for times in zip(*turns))

    def times(name: str, steps: list[float]) -> list[str]:
        return [name, *(f"{step:.3f}" for step in steps), f"{sum(steps):.3f}"]

    def ratio(other: float, mine: float) -> str:
        return f"{other / mine:.0f}" if mine else ""

    table(
        ["s", "fit", "score", "shap's reading of the trees", "contributions", "all"],
        [
            times("scikit-learn and shap", reference),
            times("Attune", own),
            ["times as long", *map(ratio, reference, own), ratio(sum(reference), sum(own))],
            ["without the reading", "", "", "", "", ratio(sum(reference) - reference[2], sum(own))],
        ],
    )
    samples = min(256, len(rows))
    print(f"{len(rows)} rows of {rows.shape[1]} columns, {TREES} trees of {samples} rows each, one thread; the best of {TURNS} turns")
    print("scikit-learn and shap: seconds of the processor; Attune: seconds that passed, so what else runs makes it look slower\n")


def crowd() -> None:
    """What ever more people take."""
    rows = []
    for people in CROWDS:
        # The most that any of them took so far: the crowds come in order.
        steps = our_times(made_up(np.random.default_rng(people), people, WIDTH))
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        itself = people * (2 * WIDTH + 1) * 8 / 2**20
        rows.append([f"{people:,}", f"{steps[0]:.2f}", f"{steps[1]:.2f}", f"{steps[3]:.2f}", f"{peak:.0f}", f"{itself:.0f}"])
    table(["people", "fit, s", "score, s", "contributions, s", "memory at most, MiB", "of that the table and what is told of it, MiB"], rows)


def main() -> None:
    rows = made_up(np.random.default_rng(0), ROWS, WIDTH)
    asked = sys.argv[1:]
    if not asked:
        alike(rows)
    if not asked or asked == ["--speed"]:
        speed(rows)
    if not asked or asked == ["--crowd"]:
        crowd()


if __name__ == "__main__":
    main()
