"""Scores the activity network on people left out, calibrates and exports the one trained on all."""

import numpy as np
import torch
from torch.nn import functional

from activity import data
from activity.network import ActivityNet, Deployed
from activity.train import FOLDS, fold_of, predict, run_name
from common import layers, scores
from common.cli import parser
from common.export import export, milliseconds
from common.run import averaged_model


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--run", default="activity")
    arguments = arguments.parse_args()
    windows = data.load(arguments.data)
    folds = fold_of(windows)
    logits = left_out(arguments.run, windows.motion, folds)
    blind = windows.motion.copy()
    blind[:, 3:] = 0
    temperature = fit_temperature(logits, windows.label)
    network = averaged_model(arguments.run, ActivityNet())
    path = export(Deployed(network, temperature), torch.zeros(1, 6, data.LENGTH), "activity", "motion", ["activity"])
    probabilities = torch.softmax(logits / temperature, 1).numpy()
    result = {
        "task": "activity",
        "run": arguments.run,
        "temperature": round(temperature, 4),
        "megamacs": round(layers.multiply_adds(network, torch.zeros(1, 6, data.LENGTH)) / 1e6, 2),
        "milliseconds_onnxruntime": milliseconds(path),
        "kilobytes": path.stat().st_size // 1024,
        "groups": groups(windows, probabilities),
        "without_gyroscope": groups(windows, left_out(arguments.run, blind, folds).numpy()),
        "phone_watch_people": people(windows, probabilities.argmax(1)),
        "calibration_error": scores.interval(
            scores.calibration_error, windows.label, probabilities, groups=windows.person
        ),
    }
    scores.write("activity", result)


def left_out(run: str, motion: np.ndarray, folds: np.ndarray) -> torch.Tensor:
    """Logits [n, 6], each by the network whose training left the window's person out."""
    logits = torch.zeros(len(motion), len(data.LABELS))
    for fold in range(FOLDS):
        rows = np.flatnonzero(folds == fold)
        logits[rows] = predict(averaged_model(run_name(run, fold), ActivityNet()), motion[rows])
    return logits


def fit_temperature(logits: torch.Tensor, label: np.ndarray) -> float:
    candidates = torch.exp(torch.linspace(-1.2, 1.2, 121))
    truth = torch.from_numpy(label)
    costs = torch.stack([functional.cross_entropy(logits / t, truth) for t in candidates])
    return float(candidates[costs.argmin()])


def groups(windows: data.Windows, probabilities: np.ndarray) -> dict:
    """Accuracy, macro F1 and recalls for each data set and place."""
    result = {}
    for source in np.unique(windows.source):
        for place in np.unique(windows.place[windows.source == source]):
            rows = np.flatnonzero((windows.source == source) & (windows.place == place))
            truth, chosen = windows.label[rows], probabilities[rows].argmax(1)
            people = windows.person[rows]
            shuffled = np.random.default_rng(0).permutation(truth)
            result[f"{source}, {place}"] = {
                "accuracy": scores.interval(scores.accuracy, truth, chosen, groups=people),
                "macro_f1": scores.interval(scores.macro_f1, truth, chosen, groups=people),
                "recall": scores.recalls(truth, chosen, data.LABELS),
                "accuracy_shuffled_labels": round(scores.accuracy(shuffled, chosen), 4),
            }
    return result


def people(windows: data.Windows, chosen: np.ndarray) -> dict:
    """Spread of the accuracy over the people of phone_watch."""
    own = windows.source == "phone_watch"
    each = [
        scores.accuracy(windows.label[own & (windows.person == p)], chosen[own & (windows.person == p)])
        for p in np.unique(windows.person[own])
    ]
    return {"mean": round(float(np.mean(each)), 4), "spread": round(float(np.std(each)), 4),
            "worst": round(float(np.min(each)), 4), "people": len(each)}


if __name__ == "__main__":
    main()
