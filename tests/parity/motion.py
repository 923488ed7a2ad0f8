"""Motion features against definitions written in NumPy and SciPy, on the same recordings.

Reads `motion/phone_watch` (phone and watch near 100 Hz, jittered) and `motion/wrist_gestures.txt.gz` (32 Hz). The
reference lays each recording on an even grid of 100 Hz by straight lines, ours on its own of 50 Hz. Ten-second
windows; steps and cadence on what is labelled as walking, against the autocorrelation of the magnitude.
"""

import csv
import gzip

import numpy as np
from scipy.signal import find_peaks, periodogram

from common import data, example, table

GRAVITY = 9.80665
HERTZ = 100


def recordings(device: str) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Rows of t (s), x, y, z (m/s2), and their labels, in the order of time."""
    found = {}
    for path in sorted((data() / "motion/phone_watch").glob(f"*_{device}.csv.gz")):
        with gzip.open(path, "rt") as file:
            rows = sorted(csv.DictReader(file), key=lambda row: float(row["timestamp"]))
        table_ = np.array([[float(row[k]) for k in ("timestamp", "x_acc", "y_acc", "z_acc")] for row in rows])
        table_[:, 0] = (table_[:, 0] - table_[0, 0]) / 1000
        found[path.name] = table_, np.array([row["label"] for row in rows])
    return found


def gestures() -> dict[str, np.ndarray]:
    """Trials of the wrist at 32 Hz, of ten seconds and more."""
    found, name = {}, ""
    with gzip.open(data() / "motion/wrist_gestures.txt.gz", "rt") as file:
        for line in file:
            if line.startswith("#"):
                name = line[2:].strip()
                found[name] = []
            else:
                found[name].append([(float(v) / 63 * 3 - 1.5) * GRAVITY for v in line.split()])
    trials = {name: np.array(rows) for name, rows in found.items() if len(rows) > 320}
    return {name: np.column_stack([np.arange(len(rows)) / 32, rows]) for name, rows in trials.items()}


def even(rows: np.ndarray, start: float, end: float) -> np.ndarray | None:
    """Acceleration in g at 100 Hz; nothing over a gap of a quarter of a second, as ours."""
    t = rows[:, 0]
    inside = t[(t >= start - 0.25) & (t <= end + 0.25)]
    if not len(inside) or inside[0] > start or inside[-1] < end - 1 / HERTZ or np.diff(inside).max() > 0.25:
        return None
    wanted = np.arange(start, end, 1 / HERTZ)
    return np.column_stack([np.interp(wanted, t, rows[:, axis]) for axis in (1, 2, 3)]) / GRAVITY


def reference(g: np.ndarray) -> dict[str, float]:
    """The registry's definitions."""
    magnitude = np.linalg.norm(g, axis=1)
    epochs = magnitude.reshape(2, -1)
    seconds = g.reshape(10, HERTZ, 3)
    still = np.sqrt(seconds.var(axis=1).mean(axis=1)) < 0.013
    mad = np.abs(magnitude.reshape(10, HERTZ) - magnitude.reshape(10, HERTZ).mean(1, keepdims=True)).mean(1)
    mean = g.mean(axis=0)
    hertz, power = periodogram(magnitude - magnitude.mean(), HERTZ, window="hann", nfft=1024, detrend=False)
    power = power[(hertz > 0.25) & (hertz < 25)]
    hertz = hertz[(hertz > 0.25) & (hertz < 25)]
    share = power / power.sum()
    return {
        "intensity": np.abs(epochs - epochs.mean(1, keepdims=True)).mean(),
        "enmo": np.maximum(magnitude - 1, 0).mean(),
        "tilt": np.degrees(np.arccos(mean[2] / np.linalg.norm(mean))),
        "stillness_fraction": still.mean(),
        "fidget_index": (~still & (mad < 0.091)).mean(),
        "jerk": np.linalg.norm(np.diff(g[::2], axis=0), axis=1).mean() * HERTZ / 2,
        "dominant_frequency": hertz[power.argmax()],
        "spectral_entropy": -(share * np.log(share)).sum() / np.log(len(share)),
    }


def rate_of(g: np.ndarray) -> tuple[float, float] | None:
    """Steps a second and how clear they are: the highest peak of the autocorrelation at 0.3-0.9 s."""
    magnitude = np.linalg.norm(g, axis=1)
    smooth = np.convolve(magnitude, np.ones(20) / 20, "valid")
    x = smooth[50:-49] - np.convolve(smooth, np.ones(100) / 100, "valid")
    if len(x) < 200:
        return None
    lags = np.arange(29, 92)
    values = np.array([(x[:-lag] * x[lag:]).mean() for lag in lags]) / (x * x).mean()
    peaks, _ = find_peaks(values)
    if not len(peaks):
        return None
    best = peaks[values[peaks].argmax()]
    before, at, after = values[best - 1 : best + 2]
    shift = (before - after) / (2 * (before - 2 * at + after))
    return HERTZ / (lags[best] + shift), at


def compare(title: str, found: dict[str, np.ndarray]) -> list[list[str]]:
    """Rows of the table of features."""
    lines = [f"{name},{t:.6f},{x:.9g},{y:.9g},{z:.9g}" for name, rows in found.items() for t, x, y, z in rows]
    pairs: dict[str, list[tuple[float, float]]] = {}
    for row in example("motion_features", lines):
        start = 10.0 * int(row["window"])
        g = even(found[row["name"]], start, start + 10)
        if g is None:
            continue
        for key, value in reference(g).items():
            if row[key]:
                pairs.setdefault(key, []).append((float(row[key]), value))
    result = []
    for key, values in pairs.items():
        own, theirs = np.array(values).T
        varies = own.std() > 0 and theirs.std() > 0
        correlation = f"{np.corrcoef(own, theirs)[0, 1]:.4f}" if varies else "constant"
        result.append([key, title, str(len(own)), correlation, f"{np.median(np.abs(own - theirs)):.4f}"])
    return result


def walks(device: str) -> None:
    """Steps and cadence of every walk, first to last instant labelled as walking, cut out of its recording."""
    pieces, truth = {}, {}
    for name, (rows, labels) in recordings(device).items():
        walking = rows[labels == "WALKING", 0]
        if not len(walking):
            continue
        first, last = walking[0], walking[-1]
        g = even(rows, first, last)
        rate = rate_of(g) if g is not None and last > first else None
        if rate is None or rate[1] <= 0.2:
            continue
        inside = rows[(rows[:, 0] >= first) & (rows[:, 0] <= last)].copy()
        inside[:, 0] -= first
        pieces[name], truth[name] = inside, (rate[0], last - first)
    lines = [f"{name},{t:.6f},{x:.9g},{y:.9g},{z:.9g}" for name, rows in pieces.items() for t, x, y, z in rows]
    steps, cadences = dict.fromkeys(pieces, 0.0), {}
    for row in example("motion_features", lines):
        steps[row["name"]] += float(row["steps"] or 0)
        if row["cadence"]:
            cadences.setdefault(row["name"], float(row["cadence"]))
    expected = {name: rate * seconds for name, (rate, seconds) in truth.items()}
    each = np.array([steps[name] / expected[name] - 1 for name in truth])
    errors = np.array([cadences[name] / 60 / truth[name][0] - 1 for name in truth if name in cadences])
    total = sum(steps.values()) / sum(expected.values()) - 1
    table(
        ["device", "walks", "steps, ours", "rate x time", "all steps", "a walk, median", "cadence, median error", "within 5 %"],
        [[
            device, str(len(truth)), f"{sum(steps.values()):.0f}", f"{sum(expected.values()):.0f}", f"{100 * total:+.1f} %",
            f"{100 * np.median(np.abs(each)):.1f} %", f"{100 * np.median(np.abs(errors)):.2f} %",
            f"{100 * np.mean(np.abs(errors) < 0.05):.0f} %",
        ]],
    )


def false_steps() -> None:
    """Steps a minute on the wrist in trials of each daily gesture."""
    found = gestures()
    lines = [f"{name},{t:.6f},{x:.9g},{y:.9g},{z:.9g}" for name, rows in found.items() for t, x, y, z in rows]
    steps, minutes = {}, {}
    for row in example("motion_features", lines):
        gesture = row["name"].split("-")[-2]
        steps[gesture] = steps.get(gesture, 0) + float(row["steps"] or 0)
    for name, rows in found.items():
        gesture = name.split("-")[-2]
        minutes[gesture] = minutes.get(gesture, 0) + len(rows) / 32 / 60
    rows = [[gesture, f"{minutes[gesture]:.0f}", f"{steps[gesture] / minutes[gesture]:.1f}"] for gesture in sorted(minutes)]
    table(["gesture", "minutes", "steps a minute"], rows)


def main() -> None:
    rows = []
    for device, title in (("sp", "phone"), ("sw", "watch")):
        rows += compare(title, {name: rows for name, (rows, _) in recordings(device).items()})
    rows += compare("wrist, 32 Hz", gestures())
    table(["feature", "recordings", "windows", "correlation", "median absolute difference"], rows)
    for device in ("sp", "sw"):
        walks(device)
    false_steps()


if __name__ == "__main__":
    main()
