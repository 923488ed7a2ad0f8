"""One row for each minute of a recording of stress_predict: features, label and task."""

import gzip
from pathlib import Path

import numpy as np
import pandas as pd

SECONDS = 60
LEAST_DIFFERENCES = 10
TASKS = ["stroop", "interview", "hyperventilation"]
LEVELS = ["heart_rate", "ln_rmssd", "ln_motion", "ln_skin", "skin_temperature"]
# Least spread taken for a deviation, in each level's unit: below it is noise of the sensor.
FLOORS = {"heart_rate": 2.0, "ln_rmssd": 0.15, "ln_motion": 0.3, "ln_skin": 0.1, "skin_temperature": 0.1}
LEAST_PAST = 5


def load(data: Path, mature: bool = False) -> pd.DataFrame:
    """Columns: person, stress (0, 1), tasks (the stress task's name, or those that a rest lies next
    to, joined by +), LEVELS and `<level>_deviation`; NaN where there is too little data.

    With `mature`, deviations are from the whole recording instead of its past: what a baseline
    learnt over days would give.
    """
    folder = data / "heart" / "stress_predict"
    labels = pd.read_csv(folder / "labels_1hz.csv.gz")
    tables = []
    for number, own in labels.groupby("Participant"):
        table = _person(folder / f"S{number:02d}", own, mature)
        table.insert(0, "person", number)
        tables.append(table)
    return pd.concat(tables, ignore_index=True)


def _person(folder: Path, labels: pd.DataFrame, mature: bool) -> pd.DataFrame:
    labels = with_runs(labels)
    signals = _Signals(folder)
    rows = []
    for _, run in labels.groupby("run"):
        first, last = run["Time(sec)"].iloc[0], run["Time(sec)"].iloc[-1] + 1
        for start in np.arange(first, last - SECONDS + 1, SECONDS):
            rows.append({"run": run["run"].iloc[0], "start": start, "stress": run["Label"].iloc[0],
                         **signals.levels(start)})
    table = pd.DataFrame(rows).sort_values("start").reset_index(drop=True)
    table["tasks"] = table["run"].map(tasks_of(table.groupby("run")["stress"].first()))
    for level in LEVELS:
        table[f"{level}_deviation"] = _deviation(table[level].to_numpy(), FLOORS[level], mature)
    return table


def with_runs(labels: pd.DataFrame) -> pd.DataFrame:
    """One person's seconds in order, with the number of the run of equal labels that each is in."""
    labels = labels.sort_values("Time(sec)").reset_index(drop=True)
    return labels.assign(run=(labels["Label"].diff().fillna(0) != 0).cumsum())


def tasks_of(runs: pd.Series) -> dict[int, str]:
    """Names the stress runs (label by run) in their fixed order, and each rest after the stress next to it."""
    stressed = runs.index[runs == 1]
    if len(stressed) != len(TASKS):
        return {run: "" for run in runs.index}
    names = dict(zip(stressed, TASKS))
    return {
        run: names.get(run) or "+".join(names[near] for near in (run - 1, run + 1) if near in names)
        for run in runs.index
    }


def _deviation(values: np.ndarray, floor: float, mature: bool) -> np.ndarray:
    """How far each value lies above the median of those before it, in their spread (1.4826 MAD).

    Only the past is read (unless `mature`), and how much of it there is is not an input. NaN until
    LEAST_PAST.
    """
    result = np.full(len(values), np.nan)
    for index in range(len(values)):
        known = values if mature else values[:index]
        past = known[~np.isnan(known)]
        if len(past) >= LEAST_PAST:
            median = np.median(past)
            spread = max(1.4826 * np.median(np.abs(past - median)), floor)
            result[index] = np.clip((values[index] - median) / spread, -5, 5)
    return result


class _Signals:
    """The wristband's files of one person, by seconds of the clock."""

    def __init__(self, folder: Path):
        self.beats = self._beats(folder / "IBI.csv.gz")
        self.series = {name: self._series(folder / f"{name}.csv.gz") for name in ("HR", "ACC", "EDA", "TEMP")}

    @staticmethod
    def _series(path: Path) -> tuple[float, float, np.ndarray]:
        """Start (s), rate (Hz) and values [n, columns]."""
        with gzip.open(path, "rt") as file:
            table = np.loadtxt(file, delimiter=",", ndmin=2)
        return table[0, 0], table[1, 0], table[2:]

    @staticmethod
    def _beats(path: Path) -> np.ndarray:
        """Rows of time of the beat (s) and interval before it (s)."""
        with gzip.open(path, "rt") as file:
            start = float(file.readline().split(",")[0])
            table = np.loadtxt(file, delimiter=",", ndmin=2)
        return table + [start, 0]

    def _cut(self, name: str, start: float) -> np.ndarray:
        origin, rate, values = self.series[name]
        first = int((start - origin) * rate)
        return values[max(first, 0) : max(first + int(SECONDS * rate), 0)]

    def levels(self, start: float) -> dict[str, float]:
        """The LEVELS of the window that begins at `start`."""
        heart, motion = self._cut("HR", start), self._cut("ACC", start)
        skin, warmth = self._cut("EDA", start), self._cut("TEMP", start)
        force = np.linalg.norm(motion / 64, axis=1)
        return {
            "heart_rate": _mean(heart),
            "ln_rmssd": self._ln_rmssd(start),
            "ln_motion": np.log(force.std() + 0.002) if len(force) else np.nan,
            "ln_skin": np.log(_mean(skin) + 0.05),
            "skin_temperature": _mean(warmth),
        }

    def _ln_rmssd(self, start: float) -> float:
        """Over successive beats without a gap; an interval that jumps by over a fifth is left out."""
        inside = (self.beats[:, 0] >= start) & (self.beats[:, 0] < start + SECONDS)
        time, interval = self.beats[inside].T
        if len(interval) < 2:
            return np.nan
        joined = np.abs(np.diff(time) - interval[1:]) < 0.02
        steps = np.diff(interval)
        steps = steps[joined & (np.abs(steps) < 0.2 * interval[:-1])]
        if len(steps) < LEAST_DIFFERENCES:
            return np.nan
        return float(np.log(np.sqrt(np.mean((steps * 1000) ** 2)) + 1))


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if len(values) else np.nan
