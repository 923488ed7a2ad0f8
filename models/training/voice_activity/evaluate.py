"""Scores and exports the voice activity network: speakers and noises it was not trained on."""

import numpy as np
import torch
from sklearn.metrics import roc_auc_score

from common import layers, scores
from common.cli import parser
from common.export import export, milliseconds
from common.run import averaged_model
from voice import clips
from voice_activity.mix import CLEAN, LENGTH, PARTS, Mixer, Sources, sources
from voice_activity.network import Deployed, VoiceActivityNet
from voice_activity.train import predict

EXAMPLES = 500
THRESHOLD = 0.5


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--run", default="voice_activity")
    arguments = arguments.parse_args()
    network = averaged_model(arguments.run, VoiceActivityNet())
    path = export(Deployed(network), torch.zeros(1, 1, LENGTH), "voice_activity", "samples", ["speech"])
    test = sources(clips.load(arguments.data), scored=True)
    took = milliseconds(path)
    result = {
        "task": "voice_activity",
        "run": arguments.run,
        "threshold": THRESHOLD,
        "speakers": int(test.clips.table["speaker"].iloc[test.speech].nunique()),
        "noises": len(test.noise),
        "megamacs": round(layers.multiply_adds(network, torch.zeros(1, 1, LENGTH)) / 1e6, 2),
        "milliseconds_onnxruntime": took,
        "milliseconds_onnxruntime_per_100_ms": round(took / PARTS, 4),
        "kilobytes": path.stat().st_size // 1024,
        "levels": {name: score(network, test, decibels) for name, decibels in
                   {"clean": CLEAN, "10 dB": 10.0, "0 dB": 0.0, "-5 dB": -5.0}.items()},
        "sets_at_10_dB": by_set(network, test),
    }
    scores.write("voice_activity", result)


def score(network, test: Sources, decibels: float) -> dict:
    """Speech at one level over the noise, against noise alone and the clips' own pauses.

    Clean speech is set against noise alone; intervals are over seconds.
    """
    mixer = Mixer(test, seed=5)
    drawn = [mixer.example(True, decibels < CLEAN, decibels) for _ in range(EXAMPLES)]
    drawn += [mixer.example(False, True, CLEAN) for _ in range(EXAMPLES)]
    samples, truth = (np.stack(column) for column in zip(*drawn))
    logits = predict(network, torch.from_numpy(samples)[:, None])
    known = ~np.isnan(truth)
    example = np.repeat(np.arange(len(truth))[:, None], PARTS, 1)[known]
    truth, logits = truth[known], logits[known]
    return {
        "auc": scores.interval(_area, truth, logits, groups=example),
        "auc_shuffled_labels": round(_area(np.random.default_rng(0).permutation(truth), logits), 4),
        "speech_found": round(float(np.mean(logits[truth == 1] > 0)), 4),
        "false_alarms": round(float(np.mean(logits[truth == 0] > 0)), 4),
    }


def by_set(network, test: Sources) -> dict:
    """AUC at 10 dB for the speech of each data set, which stand for languages and ages."""
    names = test.clips.table["set"].to_numpy()
    return {
        name: score(network, Sources(test.clips, test.speech[names[test.speech] == name], test.noise), 10.0)["auc"]
        for name in np.unique(names[test.speech])
    }


def _area(truth: np.ndarray, found: np.ndarray) -> float:
    return float(roc_auc_score(truth, found)) if 0 < truth.mean() < 1 else np.nan


if __name__ == "__main__":
    main()
