"""Fits logistic regressions of stress on deviations from the person's own past.

Writes `results/stress.json`: coefficients of the models and their scores on people left out. No
input knows the time since the start of the recording: with that alone one would score 0.93, since
every session of the data has the same order.
"""

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from common import scores
from common.cli import parser
from stress import windows

STRENGTH = 0.3
FEATURES = {
    "heart_motion": ["heart_rate", "ln_rmssd", "ln_motion"],
    "heart_motion_without_rmssd": ["heart_rate", "ln_motion"],
    "heart_motion_skin": ["heart_rate", "ln_rmssd", "ln_motion", "ln_skin", "skin_temperature"],
    "heart_motion_skin_without_rmssd": ["heart_rate", "ln_motion", "ln_skin", "skin_temperature"],
}
# What a wearer's windows are scored by: the second model where the first lacks beats.
ROUTES = {
    "heart_motion": ("heart_motion", "heart_motion_without_rmssd"),
    "heart_motion_skin": ("heart_motion_skin", "heart_motion_skin_without_rmssd"),
}


def main() -> None:
    data = parser(__doc__).parse_args().data
    table, mature = windows.load(data), windows.load(data, mature=True)
    result = {
        "task": "stress",
        "window_seconds": windows.SECONDS,
        "deviation": {
            "formula": "clip((level - median of past) / max(1.4826 MAD of past, floor), -5, 5)",
            "floors": windows.FLOORS,
            "least_past_windows": windows.LEAST_PAST,
        },
        "levels": {
            "heart_rate": "mean heart rate, 1/min",
            "ln_rmssd": "ln(RMSSD in ms + 1), at least 10 successive differences",
            "ln_motion": "ln(standard deviation of the wrist acceleration's magnitude in g + 0.002)",
            "ln_skin": "ln(mean skin conductance in microsiemens + 0.05)",
            "skin_temperature": "mean skin temperature, degrees Celsius",
        },
        "people": int(table["person"].nunique()),
        "windows": len(table),
        "models": {name: coefficients(table, levels) for name, levels in FEATURES.items()},
        "scores": {route: score(table, left_out(table, *models)) for route, models in ROUTES.items()},
        "scores_with_mature_baseline": {
            route: score(mature, left_out(mature, *models)) for route, models in ROUTES.items()
        },
    }
    scores.write("stress", result)


def usable(table: pd.DataFrame, levels: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """Deviations [n, k] of every row, and which rows have all of them."""
    values = table[[f"{level}_deviation" for level in levels]].to_numpy()
    return values, ~np.isnan(values).any(1)


def fit(values: np.ndarray, stress: np.ndarray) -> LogisticRegression:
    """Both classes weigh alike, so that a score of 0.5 favours neither."""
    return LogisticRegression(C=STRENGTH, class_weight="balanced").fit(values, stress)


def coefficients(table: pd.DataFrame, levels: list[str]) -> dict:
    """Log odds = intercept + sum of coefficient x deviation, with the spread over people left out."""
    values, known = usable(table, levels)
    stress, people = table["stress"].to_numpy(), table["person"].to_numpy()
    model = fit(values[known], stress[known])
    others = [
        fit(values[known & (people != p)], stress[known & (people != p)]).coef_[0] for p in np.unique(people)
    ]
    return {
        "intercept": round(float(model.intercept_[0]), 4),
        "coefficients": {name: round(float(c), 4) for name, c in zip(levels, model.coef_[0])},
        "spread": {name: round(float(c), 4) for name, c in zip(levels, np.std(others, axis=0))},
        "windows": int(known.sum()),
    }


def left_out(table: pd.DataFrame, first: str, second: str) -> np.ndarray:
    """Probability of stress for every window, by models that never saw its person; NaN: no score."""
    stress, people = table["stress"].to_numpy(), table["person"].to_numpy()
    result = np.full(len(table), np.nan)
    for name in (second, first):
        values, known = usable(table, FEATURES[name])
        for person in np.unique(people):
            mine = known & (people == person)
            if mine.any():
                train = known & (people != person)
                result[mine] = fit(values[train], stress[train]).predict_proba(values[mine])[:, 1]
    return result


def score(table: pd.DataFrame, probability: np.ndarray) -> dict:
    """AUC over all windows, by person, and for each task against the rests next to it."""
    table = table.assign(probability=probability).dropna(subset="probability")
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
