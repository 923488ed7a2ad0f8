"""How well the heart's word on stress tells the labels of stress_predict, and the weights that it takes.

Plays the 28 people's intervals and wrist motion through analyzers, personal baseline and indicators
(example `stress_windows`), ten seconds a window. A window's label is that of most of its seconds. Weights are fitted
with both classes weighing alike; their AUC is of people left out of the fit. No input knows the time since the start.
"""

import csv
import gzip

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from common import data, example, table

NORM = (70.0, 12.0)
STRENGTH = 0.3


def labels() -> dict[tuple[int, int], list[int]]:
    """The labels of the seconds of each window, by person and start."""
    found = {}
    with gzip.open(data() / "heart/stress_predict/labels_1hz.csv.gz", "rt") as file:
        for row in csv.DictReader(file, skipinitialspace=True):
            start = int(float(row["Time(sec)"])) // 10 * 10
            found.setdefault((int(row["Participant"]), start), []).append(int(float(row["Label"])))
    return {key: seconds for key, seconds in found.items() if len(seconds) >= 6}


def auc(stress: np.ndarray, value: np.ndarray, person: np.ndarray) -> tuple[str, str]:
    """Pooled, and the mean over people with its spread."""
    each = [roc_auc_score(stress[person == p], value[person == p]) for p in np.unique(person)
            if len(set(stress[person == p])) == 2]
    return f"{roc_auc_score(stress, value):.3f}", f"{np.mean(each):.3f} +- {np.std(each):.3f}"


def fit(values: np.ndarray, stress: np.ndarray) -> LogisticRegression:
    return LogisticRegression(C=STRENGTH, class_weight="balanced").fit(values, stress)


def left_out(values: np.ndarray, stress: np.ndarray, person: np.ndarray) -> np.ndarray:
    result = np.empty(len(stress))
    for p in np.unique(person):
        mine = person == p
        result[mine] = fit(values[~mine], stress[~mine]).predict_proba(values[mine])[:, 1]
    return result


def main() -> None:
    rows = example("stress_windows", [], str(data() / "heart/stress_predict"))
    truth = labels()
    rows = [row for row in rows if (int(row["person"]), int(row["start"])) in truth]
    column = {key: np.array([float(row[key] or "nan") for row in rows]) for key in rows[0]}
    person = column["person"]
    stress = np.array([np.mean(truth[int(r["person"]), int(r["start"])]) > 0.5 for r in rows]).astype(int)
    own, rmssd = (np.clip(column[key], -5, 5) for key in ("mean_hr_deviation", "rmssd_deviation"))
    norm = np.clip((column["mean_hr"] - NORM[0]) / NORM[1], -5, 5)
    young = np.isnan(own)

    print(f"{len(set(person))} people, {len(rows)} windows with a label, {stress.mean():.0%} under stress\n")
    result = []
    for title, people in (("all", np.unique(person)), ("S02-S10", np.arange(2, 11))):
        for kind, which in (("all scores", young | True), ("by the own past", ~young), ("by the norm", young)):
            known = ~np.isnan(column["stress"]) & np.isin(person, people) & which
            result.append([title, kind, str(known.sum()), *auc(stress[known], column["stress"][known], person[known])])
    table(["people", "stress score", "windows", "AUC pooled", "mean over people"], result)

    result = []
    models = {
        "heart rate against the own past": [own],
        "the same windows as the next": [np.where(np.isnan(rmssd), np.nan, own)],
        "heart rate and ln RMSSD": [own, rmssd],
        "heart rate against the norm, where there is no own past": [np.where(young, norm, np.nan)],
    }
    for name, inputs in models.items():
        values = np.column_stack(inputs)
        known = ~np.isnan(values).any(1)
        values, mine, who = values[known], stress[known], person[known]
        model = fit(values, mine)
        weights = ", ".join(f"{w:.3f}" for w in (model.intercept_[0], *model.coef_[0]))
        result.append([name, str(len(mine)), *auc(mine, left_out(values, mine, who), who), weights])
    table(["fit, people left out", "windows", "AUC pooled", "mean over people", "intercept and weights"], result)

    result = []
    coverage = column["coverage_60_s"]
    for low, high in ((0, 0.1), (0.1, 0.2), (0.2, 0.3), (0.3, 0.5), (0.5, 0.7), (0.7, 1.01)):
        known = ~young & (coverage >= low) & (coverage < high)
        result.append([f"{low}-{min(high, 1)}", str(known.sum()), f"{roc_auc_score(stress[known], own[known]):.3f}"])
    table(["share of the last minute with beats", "windows", "AUC of the rate's deviation"], result)


if __name__ == "__main__":
    main()
