"""A row for each minute of the recordings of stress_predict, one begun every ten seconds: deviations, label and task."""

from pathlib import Path

import numpy as np
import pandas as pd

from stress.levels import LEAST_SPREAD, SECONDS, Recording

STEP = 10
TASKS = ["stroop", "interview", "hyperventilation"]
# Windows of the past (five minutes of them) before anything is judged, and how many of them must know a level.
LEAST_PAST = 30
LEAST_KNOWN = 10


def load(data: Path) -> pd.DataFrame:
    """A row for each window of one label and no other.

    Columns: person, start (s), minute (from the first second of its run and each minute after: windows that do not overlap),
    stress (0, 1), tasks (the stress task's name, or those that a rest lies next to, joined by +), to_task (seconds to the
    nearest stress), since (seconds since the start: for controls, never an input), and for each level
    `<level>_past` and `<level>_mature`, see `deviations`; NaN where there is too little data.
    """
    folder = data / "heart" / "stress_predict"
    labels = pd.read_csv(folder / "labels_1hz.csv.gz")
    tables = []
    for number, own in labels.groupby("Participant"):
        table = _person(Recording(folder / f"S{number:02d}"), own)
        table.insert(0, "person", number)
        tables.append(table)
    return pd.concat(tables, ignore_index=True)


def _person(recording: Recording, labels: pd.DataFrame) -> pd.DataFrame:
    labels = with_runs(labels).set_index("Time(sec)")
    begin = labels.index[0]
    starts = np.arange(begin, labels.index[-1] + 2 - SECONDS, STEP)
    table = pd.DataFrame([recording.levels(start) for start in starts], columns=list(LEAST_SPREAD))
    for level, least in LEAST_SPREAD.items():
        table[f"{level}_past"] = deviations(table[level], least)
        table[f"{level}_mature"] = deviations(table[level], least, mature=True)
    first, last = labels["run"].reindex(starts), labels["run"].reindex(starts + SECONDS - 1)
    table = table.assign(start=starts, since=starts - begin, run=first.to_numpy())
    table = table[first.to_numpy() == last.to_numpy()].drop(columns=list(LEAST_SPREAD))
    runs = labels.groupby("run")["Label"].first()
    table["stress"] = table["run"].map(runs)
    table["tasks"] = table["run"].map(tasks_of(runs))
    table["minute"] = table.groupby("run").cumcount() % (SECONDS // STEP) == 0
    stressed = table.loc[table["stress"] == 1, "start"].to_numpy()
    table["to_task"] = [np.abs(stressed - start).min() for start in table["start"]]
    return table.drop(columns="run")


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


def deviations(values: pd.Series, least: float, mature: bool = False) -> pd.Series:
    """How far each value lies above the mean of those before it, in their standard deviation or `least`, within 5.

    Of the past only windows that ended before the judged one began are read, and how many they are is not an input. With
    `mature` mean and deviation are of the whole recording: what a baseline learnt over days would give.
    """
    if mature:
        mean, spread = values.mean(), max(values.std(ddof=0), least)
    else:
        past = values.expanding(LEAST_KNOWN)
        overlap = SECONDS // STEP
        mean, spread = past.mean().shift(overlap), past.std(ddof=0).shift(overlap).clip(lower=least)
        mean[: LEAST_PAST + overlap - 1] = np.nan
    return ((values - mean) / spread).clip(-5, 5)
