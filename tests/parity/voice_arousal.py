"""How well a voice tells high from low arousal, by its level and against the speaker's own past.

Reads all clips of ravdess, emodb2s and baved whose label has a side (as in `models/training/voice_affect`) through the voice
analyzer (example `voice_features`). The own past is the median and MAD over all clips of the speaker, as the personal
baseline keeps them. Weights are fitted with each set and side weighing alike; figures are of speakers left out.
"""

import csv

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from common import ROOT, data, example, table

LOW = {"ravdess": {"neutral", "calm", "sad"}, "emodb2s": {"neutral", "boredom", "sad"}, "baved": {"low_tired"}}
HIGH = {"ravdess": {"angry", "fearful", "happy", "surprised"}, "emodb2s": {"angry", "fearful", "happy"}, "baved": {"high_emotion"}}
FEATURES = ["loudness", "f0_semitone_mean", "f0_semitone_sd", "spectral_centroid"]
LOGARITHMIC = {"loudness"}  # in the registry
FEWEST_CLIPS = 8
LARGEST = 5.0


def read() -> tuple[list[dict], list[dict[str, float]]]:
    with open(data() / "voice/index.csv", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["set"] in LOW]
    paths = [str(data() / "voice" / row["file"]) for row in rows]
    found: dict[str, dict[str, float]] = {path: {} for path in paths}
    for row in example("voice_features", paths, "clips", str(ROOT / "models")):
        found[row["file"]][row["feature"]] = float(row["value"])
    return rows, [found[path] for path in paths]


def side(row: dict) -> int:
    """1 high, 0 low, -1 neither."""
    return 1 if row["label"] in HIGH[row["set"]] else 0 if row["label"] in LOW[row["set"]] else -1


def strain(features: dict[str, float]) -> float:
    """Voice stress by level: MindSync's terms. None of a voice that says too little for a level."""
    if "f0_mean" not in features or "level" not in features:
        return np.nan
    f0_sd = features["f0_mean"] * (2 ** (features["f0_semitone_sd"] / 12) - 1)
    terms = [10 * 10 ** (features["level"] / 20), (features["spectral_centroid"] - 1000) / 2000, f0_sd / 100]
    return float(np.mean(np.clip(terms, 0, 1)))


def deviations(values: np.ndarray, speaker: np.ndarray) -> np.ndarray:
    result = np.full_like(values, np.nan)
    for who in np.unique(speaker):
        mine = (speaker == who) & ~np.isnan(values).any(1)
        if (count := mine.sum()) >= FEWEST_CLIPS:
            median = np.median(values[mine], 0)
            spread = 1.4826 * np.median(np.abs(values[mine] - median), 0) * np.sqrt(1 + 3 * np.pi / count)
            result[mine] = np.clip((values[mine] - median) / spread, -LARGEST, LARGEST)
    return result


def fit(values: np.ndarray, high: np.ndarray, source: np.ndarray) -> LogisticRegression:
    weights = np.zeros(len(high))
    for name in LOW:
        for label in (0, 1):
            mine = (source == name) & (high == label)
            weights[mine] = len(high) / (2 * len(LOW) * max(mine.sum(), 1))
    return LogisticRegression(C=1.0).fit(values, high, sample_weight=weights)


def left_out(values: np.ndarray, high: np.ndarray, source: np.ndarray, speaker: np.ndarray) -> np.ndarray:
    result = np.empty(len(high))
    for who in np.unique(speaker):
        mine = speaker == who
        result[mine] = fit(values[~mine], high[~mine], source[~mine]).predict_proba(values[mine])[:, 1]
    return result


def recall(high: np.ndarray, chosen: np.ndarray) -> float:
    return float(np.mean([np.mean(chosen[high == label] == label) for label in (0, 1)]))


def main() -> None:
    rows, features = read()
    high = np.array([side(row) for row in rows])
    source, speaker = (np.array([row[key] for row in rows]) for key in ("set", "speaker"))
    values = np.array([[f.get(name, np.nan) for name in FEATURES] for f in features])
    values[:, [name in LOGARITHMIC for name in FEATURES]] = np.log(values[:, [name in LOGARITHMIC for name in FEATURES]])
    own = deviations(values, speaker)

    result = []
    def line(name: str, score: np.ndarray, chosen: np.ndarray | None, known: np.ndarray, weights: str) -> None:
        cells = []
        for source_name in LOW:
            mine = known & (source == source_name)
            cell = f"{roc_auc_score(high[mine], score[mine]):.3f}"
            if chosen is not None:
                cell += f", {recall(high[mine], chosen[mine]):.3f}"
            cells.append(f"{cell} ({mine.sum()})")
        result.append([name, *cells, weights])

    level = np.array([strain(f) for f in features])
    known = (high >= 0) & ~np.isnan(level)
    line("by level (MindSync's terms)", level, None, known, "")
    for names in (["loudness"], ["f0_semitone_mean"], ["spectral_centroid"], ["loudness", "f0_semitone_mean", "spectral_centroid"], FEATURES):
        columns = [FEATURES.index(name) for name in names]
        known = (high >= 0) & ~np.isnan(own).any(1)
        mine = own[known][:, columns]
        model = fit(mine, high[known], source[known])
        score = np.full(len(high), np.nan)
        score[known] = left_out(mine, high[known], source[known], speaker[known])
        weights = ", ".join(f"{w:.3f}" for w in (model.intercept_[0], *model.coef_[0]))
        line("own past: " + ", ".join(names), score, (score > 0.5).astype(int), known, weights)
    table(["arousal", *(f"{name}: AUC, mean recall of the sides (clips)" for name in LOW), "intercept and weights"], result)


if __name__ == "__main__":
    main()
