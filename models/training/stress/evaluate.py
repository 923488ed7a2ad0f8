"""Scores what the agent says of stress from the heart, and what skin would add to it.

Writes `results/stress.json`. The shipped weights stand in `shared/analysis`; `tests/parity/heart_stress.py` fits them.
The 28 people of stress_predict are played through the agent's analyzers, a new personal baseline and the indicators
(example `stress_windows`), ten seconds a window. No input knows the time since the start of the recording: with that
alone one would score 0.93, since every session of the data has the same order.
"""

import io
import os
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.metrics import roc_auc_score

from common import scores
from common.cli import MODELS, parser
from stress import skin, windows

SECONDS = 10
# People whose sessions are published beside the article; the figures of shared/analysis name them apart.
FIRST_PEOPLE = range(2, 11)


def main() -> None:
    data = parser(__doc__).parse_args().data
    played = play(data)
    scored = played.dropna(subset="probability")
    result = {
        "task": "stress",
        "window_seconds": SECONDS,
        "people": int(played["person"].nunique()),
        "windows": len(played),
        "scored": {"value": round(len(scored) / len(played), 4)},
        "shipped": score(scored),
        "first_people": score(scored[scored["person"].isin(FIRST_PEOPLE)]),
        "auc_by_the_own_past": _auc(scored[scored["own_past"]]),
        "auc_fitted_on_others": _auc(left_out(played.dropna(subset="deviation"))),
        "auc_by_the_norm": _auc(scored[~scored["own_past"]]),
        "skin_study": skin.study(data, score),
    }
    scores.write("stress", result)


def play(data: Path) -> pd.DataFrame:
    """A row for each labelled window: person, start, stress (0, 1), tasks (as `windows.load`), own_past, deviation
    (of the heart rate, NaN: no past yet), probability (NaN: nothing said)."""
    target = Path(os.environ.get("CARGO_TARGET_DIR", MODELS.parent / "target"))
    binary = target / "debug" / "examples" / "stress_windows"
    if not binary.exists():
        raise SystemExit(f"{binary} is missing: cargo build --workspace --examples")
    command = [binary, data / "heart" / "stress_predict"]
    said = pd.read_csv(io.StringIO(subprocess.run(command, check=True, capture_output=True, text=True).stdout))
    labels = pd.read_csv(data / "heart" / "stress_predict" / "labels_1hz.csv.gz", skipinitialspace=True)
    rows = []
    for person, own in labels.groupby("Participant"):
        own = windows.with_runs(own)
        tasks = own["run"].map(windows.tasks_of(own.groupby("run")["Label"].first()))
        start = own["Time(sec)"] // SECONDS * SECONDS
        for first, window in own.assign(tasks=tasks).groupby(start):
            if len(window) >= 6:
                stressed = window["Label"].mean() > 0.5
                side = window[window["Label"] == int(stressed)]
                rows.append((person, int(first), int(stressed), side["tasks"].iloc[0]))
    truth = pd.DataFrame(rows, columns=["person", "start", "stress", "tasks"])
    said = said.rename(columns={"stress": "probability"})
    said["deviation"] = said["mean_hr_deviation"].clip(-5, 5)
    said["own_past"] = said["deviation"].notna()
    return truth.merge(said[["person", "start", "own_past", "deviation", "probability"]], on=["person", "start"])


def left_out(table: pd.DataFrame) -> pd.DataFrame:
    """With the probability by weights of the shipped form that were fitted on everybody else."""
    values, stress = table[["deviation"]].to_numpy(), table["stress"].to_numpy()
    probability = np.empty(len(table))
    for person in table["person"].unique():
        mine = (table["person"] == person).to_numpy()
        probability[mine] = skin.fit(values[~mine], stress[~mine]).predict_proba(values[mine])[:, 1]
    return table.assign(probability=probability)


def score(table: pd.DataFrame) -> dict:
    """AUC over all windows, by person, and for each task against the rests next to it."""
    parts = {"all": table, **{task: _beside(table, task) for task in windows.TASKS}}
    hyperventilating = (table["tasks"] == "hyperventilation") & (table["stress"] == 1)
    parts["without_hyperventilation"] = table[~hyperventilating]
    result = {f"auc_{name}": _auc(part) for name, part in parts.items()}
    each = [
        roc_auc_score(own["stress"], own["probability"])
        for _, own in table.groupby("person") if own["stress"].nunique() == 2
    ]
    result["auc_person_mean"] = round(float(np.mean(each)), 4)
    result["auc_person_spread"] = round(float(np.std(each)), 4)
    result["auc_shuffled_labels"] = _auc(_shuffled(table))
    return result


def _beside(table: pd.DataFrame, task: str) -> pd.DataFrame:
    """A task's windows and those of the rests before and after it."""
    return table[[task in tasks.split("+") for tasks in table["tasks"]]]


def _shuffled(table: pd.DataFrame) -> pd.DataFrame:
    """Labels shuffled within each person: the score must fall to chance."""
    random = np.random.default_rng(0)
    return table.assign(stress=table.groupby("person")["stress"].transform(lambda s: random.permutation(s)))


def _auc(table: pd.DataFrame) -> dict:
    def statistic(stress, probability):
        return roc_auc_score(stress, probability) if 0 < stress.mean() < 1 else np.nan

    return scores.interval(statistic, table["stress"], table["probability"], groups=table["person"])


if __name__ == "__main__":
    main()
