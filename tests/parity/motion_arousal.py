"""How far real people's movement departs from their own past, and how often arousal read from it would be over two thirds.

Plays the wrist motion of the people of stress_predict, at rest and at tasks on a chair, through the analyzer (example
`stress_windows`), and each person's intensities through the personal baseline: the histogram of `shared/analysis/src/baseline`,
written again here. A slope is good where at most one ordinary window in twenty is over two thirds.
"""

import numpy as np

from common import data, example, table

LEAST, MOST = 0.0005, 4.0
BINS, OLD_ENOUGH = 256, 60
LEAST_SD, DOUBT = 0.01, 3 * np.pi
LEAST_TOUCH = 0.001
SLOPES = (0.4, 0.3, 0.2, 0.15)


def deviations(intensities: np.ndarray) -> np.ndarray:
    """Of each window from those before it; none while the baseline is young."""
    centres = (np.arange(BINS) + 0.5) / BINS
    weights, found = np.zeros(BINS), []
    for position in np.log(np.maximum(intensities, LEAST) / LEAST) / np.log(MOST / LEAST):
        if weights.sum() >= OLD_ENOUGH:
            middle = median(centres, weights)
            spread = max(1.4826 * median(np.abs(centres - middle), weights), LEAST_SD)
            found.append((position - middle) / (spread * np.sqrt(1 + DOUBT / weights.sum())))
        weights[min(int(position * BINS), BINS - 1)] += 1
    return np.array(found)


def median(values: np.ndarray, weights: np.ndarray) -> float:
    order = np.argsort(values)
    order = order[weights[order] > 0]
    middles = np.cumsum(weights[order]) - weights[order] / 2
    return float(np.interp(weights.sum() / 2, middles, values[order]))


def main() -> None:
    rows = example("stress_windows", [], str(data() / "heart/stress_predict"))
    people: dict[str, list[float]] = {}
    for row in rows:
        if row["intensity"] and float(row["intensity"]) >= LEAST_TOUCH:
            people.setdefault(row["person"], []).append(float(row["intensity"]))
    each = [deviations(np.array(intensities)) for intensities in people.values()]
    each = [own for own in each if len(own)]
    pooled = np.concatenate(each)
    quantiles = ", ".join(f"{np.quantile(pooled, share):.2f}" for share in (0.05, 0.25, 0.5, 0.75, 0.95, 0.99))
    print(f"{len(each)} people, {len(pooled)} windows; 5, 25, 50, 75, 95, 99 % of deviations lie under {quantiles}\n")
    lines = []
    for slope in SLOPES:
        over = [np.mean(np.tanh(slope * own) > 2 / 3) for own in each]
        lines.append([f"{slope}", f"{np.mean(np.tanh(slope * pooled) > 2 / 3):.1%}", f"{np.median(over):.1%}", f"{max(over):.1%}"])
    table(["slope", "windows with arousal over 2/3", "of a person, median", "largest"], lines)


if __name__ == "__main__":
    main()
