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
from voice_affect.network import FEATURES, HEADS, Deployed, DeployedOwn, VoiceAffectNet, probabilities
from voice_affect.train import FOLDS, fold_of, predict, run_name

# Speakers of baved with so many clips are the three that speak two thirds of it.
BIG = 100
OUTPUTS = ["affect", "level", "arousal"]


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--run", default="voice_affect")
    arguments = arguments.parse_args()
    spectra = data.load(arguments.data)
    anybody, own = left_out(arguments.run, spectra)
    network = averaged_model(arguments.run, VoiceAffectNet())
    temperatures = [fit_temperature(logits, spectra) for logits in (anybody, own)]
    deployed, deployed_own = Deployed(network, temperatures[0]), DeployedOwn(network, temperatures[1])
    random = torch.Generator().manual_seed(0)
    example = torch.randn(1, 1, data.LENGTH, generator=random) * 0.1
    usual = torch.rand(1, 3, FEATURES, generator=random)
    path = export(deployed, example, "voice_affect", "samples", [*OUTPUTS, "features"])
    path_own = export(deployed_own, usual, "voice_affect_own", "usual", OUTPUTS)
    result = {
        "task": "voice_affect",
        "run": arguments.run,
        "temperatures": [round(t, 4) for t in temperatures],
        "megamacs": round(layers.multiply_adds(deployed, example) / 1e6, 1),
        "milliseconds_onnxruntime": milliseconds(path),
        "kilobytes": path.stat().st_size // 1024,
        "anybody": heads_scores(spectra, anybody, temperatures[0]),
    }
    scores.write("voice_affect", result)
    own_result = {
        "task": "voice_affect_own",
        "milliseconds_onnxruntime": milliseconds(path_own),
        "kilobytes": path_own.stat().st_size // 1024,
        **heads_scores(spectra, own, temperatures[1]),
        "by_quiet_past": quiet_past(arguments.run, spectra),
    }
    scores.write("voice_affect_own", own_result)


def left_out(run: str, spectra: data.Spectra) -> tuple[torch.Tensor, torch.Tensor]:
    """Logits [n, 12] for anybody and by the speaker's baseline, each by the network whose training left the speaker out."""
    folds = fold_of(spectra)
    anybody, own = (torch.full((len(folds), sum(HEADS)), torch.nan) for _ in range(2))
    for fold in range(FOLDS):
        rows = np.flatnonzero(folds == fold)
        network = averaged_model(run_name(run, fold), VoiceAffectNet())
        anybody[rows], own[rows] = predict(network, spectra.select(rows))
    return anybody, own


def quiet_past(run: str, spectra: data.Spectra) -> dict:
    """Unweighted recall on ravdess where a speaker's past holds neutral and calm clips only: as on an ordinary day.

    The quiet clips themselves are judged by the other half of them.
    """
    quiet_labels = [data.LABELS.index(label) for label in ("neutral", "calm")]
    folds, chosen = fold_of(spectra), np.zeros(len(spectra.mel), int)
    acted = spectra.source == "ravdess"
    for fold in range(FOLDS):
        rows = np.flatnonzero((folds == fold) & acted)
        own = spectra.select(rows)
        pairs = []
        for name in np.unique(own.speaker):
            quiet = np.isin(own.emotion, quiet_labels)
            past, rest = (np.flatnonzero((own.speaker == name) & side) for side in (quiet, ~quiet))
            pairs += [(past[::2], past[1::2]), (past[1::2], past[::2]), (past, rest)]
        network = averaged_model(run_name(run, fold), VoiceAffectNet())
        chosen[rows] = predict(network, own, pairs)[1][:, : HEADS[0]].argmax(1).numpy()
    columns = spectra.emotion[acted], chosen[acted]
    return {"unweighted_recall": scores.interval(scores.unweighted_recall, *columns, groups=spectra.speaker[acted])}


def fit_temperature(logits: torch.Tensor, spectra: data.Spectra) -> float:
    """The temperature of the emotions with the least cross-entropy on ravdess."""
    rows = np.flatnonzero((spectra.source == "ravdess") & ~torch.isnan(logits).any(1).numpy())
    truth = torch.from_numpy(spectra.emotion[rows])
    candidates = torch.exp(torch.linspace(-1.2, 1.2, 121))
    costs = torch.stack([functional.cross_entropy(logits[rows, : HEADS[0]] / t, truth) for t in candidates])
    return float(candidates[costs.argmin()])


def heads_scores(spectra: data.Spectra, logits: torch.Tensor, temperature: float) -> dict:
    """Of all three heads, on the clips that were read."""
    read = np.flatnonzero(~torch.isnan(logits).any(1).numpy())
    spectra = spectra.select(read)
    emotion, level, arousal = (part.numpy() for part in probabilities(logits[read], temperature))
    return {
        "emotion": {name: emotion_scores(spectra, emotion, name) for name in ("ravdess", "emodb2s")},
        "level": level_scores(spectra, level),
        "arousal": {name: arousal_scores(spectra, arousal[:, 0], name) for name in data.SETS},
    }


def emotion_scores(spectra: data.Spectra, found: np.ndarray, source: str) -> dict:
    """Unweighted recall over the classes the set has, by sex, and each class's recall."""
    rows = np.flatnonzero((spectra.source == source) & (spectra.emotion >= 0))
    truth, chosen, speaker = spectra.emotion[rows], found[rows].argmax(1), spectra.speaker[rows]
    shuffled = np.random.default_rng(0).permutation(truth)
    result = {
        "speakers": int(np.unique(speaker).size),
        "unweighted_recall": scores.interval(scores.unweighted_recall, truth, chosen, groups=speaker),
        "unweighted_recall_shuffled_labels": round(scores.unweighted_recall(shuffled, chosen), 4),
        "calibration_error": scores.interval(scores.calibration_error, truth, found[rows], groups=speaker),
        "recall": scores.recalls(truth, chosen, data.LABELS),
    }
    for sex in np.unique(spectra.sex[rows]):
        own = spectra.sex[rows] == sex
        result[f"unweighted_recall_{sex}"] = scores.interval(
            scores.unweighted_recall, truth[own], chosen[own], groups=speaker[own]
        )
    return result


def level_scores(spectra: data.Spectra, found: np.ndarray) -> dict:
    """Unweighted recall of baved's three levels, on all speakers and without the three who speak most."""
    own = spectra.source == "baved"
    names, counts = np.unique(spectra.speaker[own], return_counts=True)
    big = np.isin(spectra.speaker, names[counts >= BIG])
    return {
        group: {
            "speakers": int(np.unique(spectra.speaker[rows]).size),
            "unweighted_recall": scores.interval(
                scores.unweighted_recall, spectra.level[rows], found[rows].argmax(1), groups=spectra.speaker[rows]
            ),
        }
        for group, rows in (("baved", own), ("without the big", own & ~big))
    }


def arousal_scores(spectra: data.Spectra, found: np.ndarray, source: str) -> dict:
    """High against low: area under the curve, and mean recall of the two sides at one half."""
    rows = np.flatnonzero((spectra.source == source) & ~np.isnan(spectra.arousal))
    truth, speaker = spectra.arousal[rows].astype(int), spectra.speaker[rows]
    return {
        "auc": scores.interval(_area, truth, found[rows], groups=speaker),
        "unweighted_recall": scores.interval(
            scores.unweighted_recall, truth, (found[rows] > 0.5).astype(int), groups=speaker
        ),
    }


def _area(truth: np.ndarray, found: np.ndarray) -> float:
    return float(roc_auc_score(truth, found)) if 0 < truth.mean() < 1 else np.nan


if __name__ == "__main__":
    main()
