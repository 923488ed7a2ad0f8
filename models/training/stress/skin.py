"""What skin conductance and temperature would add to heart and motion: regressions on minutes.

Nothing of it ships: the agent reads no skin. Deviations are from the person's own past; the scores are of people left
out of the fit. No input knows the time since the start of the recording.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression

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


def study(data: Path, score: Callable[[pd.DataFrame], dict]) -> dict:
    """`score` of both routes, by the past alone and by a baseline that knows the whole recording."""
    result = {}
    for baseline, mature in (("past", False), ("mature", True)):
        table = windows.load(data, mature)
        result[baseline] = {
            route: score(table.assign(probability=left_out(table, *models)).dropna(subset="probability"))
            for route, models in ROUTES.items()
        }
    return result


def usable(table: pd.DataFrame, levels: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """Deviations [n, k] of every row, and which rows have all of them."""
    values = table[[f"{level}_deviation" for level in levels]].to_numpy()
    return values, ~np.isnan(values).any(1)


def fit(values: np.ndarray, stress: np.ndarray) -> LogisticRegression:
    """Both classes weigh alike, so that a score of 0.5 favours neither."""
    return LogisticRegression(C=STRENGTH, class_weight="balanced").fit(values, stress)


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
