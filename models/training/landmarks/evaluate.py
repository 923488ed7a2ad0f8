"""Scores and exports the landmark network: people, and eyes, that it was not trained on."""

import numpy as np
import torch

from common import layers, scores
from common.cli import parser
from common.export import export, milliseconds
from common.run import averaged_model
from landmarks import data
from landmarks.compose import EYE_SPREAD, Composer
from landmarks.network import Deployed, LandmarkNet
from landmarks.train import interocular_error, predict

ROUNDS = 4


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--run", default="landmarks")
    arguments = arguments.parse_args()
    network = averaged_model(arguments.run, LandmarkNet())
    path = export(
        Deployed(network), torch.zeros(1, 1, data.SIDE, data.SIDE), "landmarks", "face", ["points", "eyes_open"]
    )
    crops = data.load_crops(arguments.data)
    test = crops.select(np.flatnonzero(crops.held_out))
    errors, truth = point_errors(network, test, data.load_eyes(arguments.data)[1])
    result = {
        "task": "landmarks",
        "run": arguments.run,
        "crop_scale": data.CROP_SCALE,
        "people": int(np.unique(test.person).size),
        "megamacs": round(layers.multiply_adds(network, torch.zeros(1, 1, data.SIDE, data.SIDE)) / 1e6, 1),
        "milliseconds_onnxruntime": milliseconds(path),
        "kilobytes": path.stat().st_size // 1024,
        "error": scores.interval(np.mean, errors, groups=test.person),
        "error_by_turn": by_turn(errors, truth, test.person),
        "eyes": eye_scores(network, test, data.load_eyes(arguments.data)[1]),
    }
    scores.write("landmarks", result)


def point_errors(network, test: data.Crops, eyes: data.Eyes) -> tuple[np.ndarray, np.ndarray]:
    """Inter-ocular error of each face as it is, without eyes put in, and its true points."""
    composer = Composer(test, eyes, seed=99, still=True, eye_share=0.0)
    images, points, _ = composer.batch(np.arange(len(test.images)))
    return interocular_error(predict(network, images)[0], points.numpy()), points.numpy()


def by_turn(errors: np.ndarray, truth: np.ndarray, person: np.ndarray) -> dict:
    """Errors of frontal and of turned faces: the nose's place between the outer eye corners."""
    points = truth.reshape(-1, 68, 2)
    place = (points[:, 30, 0] - points[:, 36, 0]) / (points[:, 45, 0] - points[:, 36, 0])
    turned = np.abs(place - 0.5)
    parts = {"frontal": turned < 0.15, "half turned": (turned >= 0.15) & (turned < 0.35), "turned": turned >= 0.35}
    return {name: scores.interval(np.mean, errors[rows], groups=person[rows]) for name, rows in parts.items()}


def eye_scores(network, test: data.Crops, eyes: data.Eyes) -> dict:
    """Accuracy on held-out eyes laid over held-out faces, at the size they have in the crop."""
    columns = []
    for seed in range(ROUNDS):
        composer = Composer(test, eyes, seed=seed, still=True, eye_share=1.0)
        images, points, states = composer.batch(np.arange(len(test.images)))
        _, logits = predict(network, images)
        columns.append((states.numpy(), logits, np.repeat(test.person[:, None], 2, 1)))
    states, logits, person = (np.concatenate(column).ravel() for column in zip(*columns))
    corners = points.numpy().reshape(-1, 68, 2)
    width = np.linalg.norm(corners[:, 39] - corners[:, 36], axis=1) * data.SIDE * EYE_SPREAD
    known = ~np.isnan(states)
    is_open, found, person = states[known] > 0.5, logits[known] > 0, person[known]
    shuffled = np.random.default_rng(0).permutation(is_open)
    return {
        "accuracy": scores.interval(scores.accuracy, is_open, found, groups=person),
        "recall": scores.recalls(is_open.astype(int), found.astype(int), ["closed", "open"]),
        "median_width_pixels": round(float(np.median(width)), 1),
        "accuracy_shuffled_labels": round(scores.accuracy(shuffled, found), 4),
    }


if __name__ == "__main__":
    main()
