"""Scores the voice affect network on speakers left out, exports the one trained on all."""

import numpy as np
import torch
from sklearn.metrics import roc_auc_score
from torch.nn import functional

from common import layers, scores
from common.cli import parser
from common.export import export, milliseconds
from common.run import averaged_model
from voice_affect import data
from voice_affect.network import Deployed, VoiceAffectNet
from voice_affect.train import FOLDS, fold_of, predict, run_name


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--run", default="voice_affect")
    arguments = arguments.parse_args()
    spectra = data.load(arguments.data)
    emotion, arousal = left_out(arguments.run, spectra)
    acted = spectra.source == "ravdess"
    temperature = fit_temperature(emotion[acted], spectra.emotion[acted])
    deployed = Deployed(averaged_model(arguments.run, VoiceAffectNet()), temperature)
    example = torch.randn(1, 1, data.LENGTH, generator=torch.Generator().manual_seed(0)) * 0.1
    path = export(deployed, example, "voice_affect", "samples", ["affect", "arousal"])
    probabilities = torch.softmax(emotion / temperature, 1).numpy()
    result = {
        "task": "voice_affect",
        "run": arguments.run,
        "temperature": round(temperature, 4),
        "megamacs": round(layers.multiply_adds(deployed, example) / 1e6, 1),
        "milliseconds_onnxruntime": milliseconds(path),
        "kilobytes": path.stat().st_size // 1024,
        "emotion": {name: emotion_scores(spectra, probabilities, name) for name in ("ravdess", "emodb2s")},
        "arousal": {name: arousal_scores(spectra, arousal[:, 0].numpy(), name) for name in data.SETS},
    }
    scores.write("voice_affect", result)


def left_out(run: str, spectra: data.Spectra) -> tuple[torch.Tensor, torch.Tensor]:
    """Both heads' logits, each by the network whose training left the speaker out."""
    folds = fold_of(spectra)
    emotion, arousal = torch.zeros(len(folds), len(data.LABELS)), torch.zeros(len(folds), 1)
    for fold in range(FOLDS):
        rows = np.flatnonzero(folds == fold)
        network = averaged_model(run_name(run, fold), VoiceAffectNet())
        emotion[rows], arousal[rows] = predict(network, spectra.mel[rows])
    return emotion, arousal


def fit_temperature(logits: torch.Tensor, truth: np.ndarray) -> float:
    candidates = torch.exp(torch.linspace(-1.2, 1.2, 121))
    costs = torch.stack([functional.cross_entropy(logits / t, torch.from_numpy(truth)) for t in candidates])
    return float(candidates[costs.argmin()])


def emotion_scores(spectra: data.Spectra, probabilities: np.ndarray, source: str) -> dict:
    """Unweighted recall over the classes the set has, by sex, and each class's recall."""
    rows = np.flatnonzero((spectra.source == source) & (spectra.emotion >= 0))
    truth, chosen, speaker = spectra.emotion[rows], probabilities[rows].argmax(1), spectra.speaker[rows]
    shuffled = np.random.default_rng(0).permutation(truth)
    result = {
        "speakers": int(np.unique(speaker).size),
        "unweighted_recall": scores.interval(scores.unweighted_recall, truth, chosen, groups=speaker),
        "unweighted_recall_shuffled_labels": round(scores.unweighted_recall(shuffled, chosen), 4),
        "calibration_error": scores.interval(
            scores.calibration_error, truth, probabilities[rows], groups=speaker
        ),
        "recall": scores.recalls(truth, chosen, data.LABELS),
    }
    for sex in np.unique(spectra.sex[rows]):
        own = spectra.sex[rows] == sex
        result[f"unweighted_recall_{sex}"] = scores.interval(
            scores.unweighted_recall, truth[own], chosen[own], groups=speaker[own]
        )
    return result


def arousal_scores(spectra: data.Spectra, logits: np.ndarray, source: str) -> dict:
    """High against low: area under the curve, and mean recall of the two sides at one half."""
    rows = np.flatnonzero((spectra.source == source) & ~np.isnan(spectra.arousal))
    truth, found, speaker = spectra.arousal[rows].astype(int), logits[rows], spectra.speaker[rows]
    return {
        "auc": scores.interval(_area, truth, found, groups=speaker),
        "unweighted_recall": scores.interval(
            scores.unweighted_recall, truth, (found > 0).astype(int), groups=speaker
        ),
    }


def _area(truth: np.ndarray, found: np.ndarray) -> float:
    return float(roc_auc_score(truth, found)) if 0 < truth.mean() < 1 else np.nan


if __name__ == "__main__":
    main()
