"""What motion, skin conductance and the wearable's own averaged rate would add to the heart: regressions on minutes.

Nothing of it ships: the agent reads no skin. Every minute is judged, with beats or without: a level that is not known
counts as the usual one, 0. Fitted on windows begun every ten seconds, scored on people left out of the fit, on
windows that do not overlap. No input knows the time since the start of the recording; `controls` tells what drift lends.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import spearmanr
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import r2_score

from stress import windows

STRENGTH = 0.3
RATES = ["beat_rate", "averaged_rate"]
MOTION = ["motion_centroid", "ln_tremor", "ln_posture_spread"]
SKIN = ["ln_skin", "skin_slope", "ln_skin_rises"]
ROUTES = {
    "beats": ["beat_rate"],
    "averaged_rate": ["averaged_rate"],
    "motion": MOTION,
    "skin": SKIN,
    "heart": RATES,
    "heart_motion": RATES + MOTION,
    "heart_skin": RATES + SKIN,
    "heart_motion_skin": RATES + MOTION + SKIN,
}
# Rests no further than this from a task (s) lie on both sides of it alike, so that what drifts steadily gains nothing.
BESIDE_SECONDS = 300


def study(data: Path, score: Callable[[pd.DataFrame], dict]) -> dict:
    """For each baseline (past, mature) and route: `score`, controls, and the weights of a fit to everybody."""
    table = windows.load(data)
    result = {}
    for baseline in ("past", "mature"):
        known = table[table[f"averaged_rate_{baseline}"].notna()].reset_index(drop=True)
        missing = known[f"beat_rate_{baseline}"].isna().astype(float)
        result[baseline] = {"missing_beats_alone": score(known.assign(probability=missing)[known["minute"]])["auc_all"]}
        for route, levels in ROUTES.items():
            values = known[[f"{level}_{baseline}" for level in levels]].fillna(0).to_numpy()
            judged = known.assign(probability=left_out(known, values))[known["minute"]]
            whole = fit(values, known["stress"])
            result[baseline][route] = score(judged) | controls(known, values, judged, score) | {
                "intercept": round(float(whole.intercept_[0]), 3),
                "weights": dict(zip(levels, np.round(whole.coef_[0], 3).tolist())),
            }
    return result


def controls(known: pd.DataFrame, values: np.ndarray, judged: pd.DataFrame, score: Callable[[pd.DataFrame], dict]) -> dict:
    """How little the score lives on drift: AUC against the rests beside the tasks, the score's rank correlation with time
    within rests, and how well a linear fit of the same inputs tells the time within the rests of people left out (R2)."""
    rests = judged[judged["stress"] == 0]
    still = (known["stress"] == 0).to_numpy()
    time, person = known["since"].to_numpy(), known["person"].to_numpy()
    told = np.empty(len(known))
    for name in np.unique(person):
        mine = person == name
        told[mine] = Ridge().fit(values[~mine & still], time[~mine & still]).predict(values[mine])
    return {
        "auc_rests_beside": score(judged[judged["to_task"] <= BESIDE_SECONDS])["auc_all"],
        "time_correlation_in_rests": round(float(spearmanr(rests["probability"], rests["since"])[0]), 4),
        "time_told_in_rests": round(float(r2_score(time[still], told[still])), 4),
    }


def fit(values: np.ndarray, stress: np.ndarray) -> LogisticRegression:
    """Both classes weigh alike, so that a score of 0.5 favours neither."""
    return LogisticRegression(C=STRENGTH, class_weight="balanced").fit(values, stress)


def left_out(table: pd.DataFrame, values: np.ndarray) -> np.ndarray:
    """Probability of stress for every window of `table` with inputs `values` [n, k], by models that never saw its person."""
    stress, person = table["stress"].to_numpy(), table["person"].to_numpy()
    result = np.empty(len(table))
    for name in np.unique(person):
        mine = person == name
        result[mine] = fit(values[~mine], stress[~mine]).predict_proba(values[mine])[:, 1]
    return result
