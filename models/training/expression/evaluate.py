"""Calibrates, exports and scores the expression network."""

import numpy as np
import torch
from torch.nn import functional

from common import layers, scores
from common.cli import parser
from common.export import export, milliseconds, session
from common.run import averaged_model
from expression import data
from expression.network import Deployed, ExpressionNet
from expression.train import predict

ABSTAIN_BELOW = 0.5


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--run", default="expression")
    arguments = arguments.parse_args()
    network = averaged_model(arguments.run, ExpressionNet())
    valid = data.load(arguments.data, "valid")
    # Temperatures come from one half of the validation pictures, all scores from the other.
    fitting = np.arange(len(valid.images)) % 2 == 0
    temperatures = fit_temperatures(network, valid.select(np.flatnonzero(fitting)))
    deployed = Deployed(network, *temperatures).eval()
    path = export(deployed, torch.zeros(1, 1, 48, 48), "expression", "face", ["ferplus", "fer2013", "affect"])
    ferplus, fer2013 = run_onnx(path, valid.images)
    rest = np.flatnonzero(~fitting)
    result = {
        "task": "expression",
        "run": arguments.run,
        "temperatures": [round(t, 4) for t in temperatures],
        "abstain_below": ABSTAIN_BELOW,
        "megamacs": round(layers.multiply_adds(network, torch.zeros(1, 1, 48, 48)) / 1e6, 1),
        "milliseconds_onnxruntime": milliseconds(path),
        "kilobytes": path.stat().st_size // 1024,
        "ferplus": score_ferplus(valid, ferplus, rest),
        "fer2013": score_fer2013(valid, fer2013, rest),
    }
    scores.write("expression", result)


def fit_temperatures(network: torch.nn.Module, faces: data.Faces) -> list[float]:
    """For each head the temperature with the least cross-entropy against the majority or label."""
    ferplus, fer2013 = predict(network, faces.images)
    rows, majority = faces.majority()
    known = np.flatnonzero(faces.fer2013 >= 0)
    pairs = [(ferplus[rows], majority), (fer2013[known], faces.fer2013[known])]
    candidates = torch.exp(torch.linspace(-1.2, 1.2, 121))
    best = []
    for logits, truth in pairs:
        truth = torch.from_numpy(truth)
        costs = torch.stack([functional.cross_entropy(logits / t, truth) for t in candidates])
        best.append(float(candidates[costs.argmin()]))
    return best


def run_onnx(path, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Both heads' probabilities [n, 7] as the exported file gives them."""
    network = session(path)
    pairs = [
        network.run(["ferplus", "fer2013"], {"face": image[None, None].astype(np.float32) / 127.5 - 1})
        for image in images
    ]
    return tuple(np.concatenate(part) for part in zip(*pairs))


def score_ferplus(valid: data.Faces, probabilities: np.ndarray, rest: np.ndarray) -> dict:
    """Against the most-voted class, where that is a single one and one of the seven."""
    rows, truth = valid.majority()
    uncalibrated = np.isin(rows, rest)
    chosen = probabilities[rows].argmax(1)
    result = _score(truth, probabilities[rows], uncalibrated)
    result["recall"] = scores.recalls(truth, chosen, data.LABELS)
    brightness = valid.images[rows].mean((1, 2))
    dark = brightness < np.percentile(brightness, 20)
    agreed = valid.votes[rows].max(1) >= 0.8
    result["groups"] = {
        "darkest fifth": scores.interval(scores.accuracy, truth[dark], chosen[dark]),
        "annotators agree (80 % or more)": scores.interval(scores.accuracy, truth[agreed], chosen[agreed]),
        "annotators disagree": scores.interval(scores.accuracy, truth[~agreed], chosen[~agreed]),
    }
    return result


def score_fer2013(valid: data.Faces, probabilities: np.ndarray, rest: np.ndarray) -> dict:
    """Against the challenge's single label."""
    rows = np.flatnonzero(valid.fer2013 >= 0)
    truth = valid.fer2013[rows]
    result = _score(truth, probabilities[rows], np.isin(rows, rest))
    result["recall"] = scores.recalls(truth, probabilities[rows].argmax(1), data.LABELS)
    return result


def _score(truth: np.ndarray, probabilities: np.ndarray, uncalibrated: np.ndarray) -> dict:
    chosen = probabilities.argmax(1)
    sure = probabilities.max(1) >= ABSTAIN_BELOW
    shuffled = np.random.default_rng(0).permutation(truth)
    return {
        "accuracy": scores.interval(scores.accuracy, truth, chosen),
        "unweighted_recall": scores.interval(scores.unweighted_recall, truth, chosen),
        "calibration_error": scores.interval(
            scores.calibration_error, truth[uncalibrated], probabilities[uncalibrated]
        ),
        "accuracy_where_sure": scores.interval(scores.accuracy, truth[sure], chosen[sure]),
        "share_where_sure": round(float(sure.mean()), 4),
        "accuracy_shuffled_labels": round(scores.accuracy(shuffled, chosen), 4),
    }


if __name__ == "__main__":
    main()
