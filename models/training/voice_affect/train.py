"""Trains the voice affect network: once for each fold of speakers, for the scores, and once on all."""

import numpy as np
import torch
from torch.nn import functional

from common import scores
from common.cli import training_parser
from common.run import Run, seed_everything
from voice_affect import data
from voice_affect.augment import augment
from voice_affect.baseline import any_part, other_half, usual
from voice_affect.network import HEADS, VoiceAffectNet

FOLDS = 5
# A batch holds groups of clips of one speaker each: the group is also that speaker's baseline.
GROUP, GROUPS = 12, 6


def main() -> None:
    arguments = training_parser(__doc__, epochs=60).parse_args()
    spectra = data.load(arguments.data)
    folds = fold_of(spectra)
    for fold in [*range(FOLDS), None]:
        seed_everything(arguments.seed, arguments.threads)
        train = spectra if fold is None else spectra.select(np.flatnonzero(folds != fold))
        test = spectra.select(np.flatnonzero((folds == (fold or 0)) & (spectra.source == "ravdess")))
        minutes = arguments.minutes and arguments.minutes / (FOLDS + 1)
        run_training(run_name(arguments.run or "voice_affect", fold), train, test, arguments.epochs, minutes)


def run_name(name: str, fold: int | None) -> str:
    return name if fold is None else f"{name}_fold{fold}"


def fold_of(spectra: data.Spectra) -> np.ndarray:
    """Fold of each clip: by speaker, the speakers of each set dealt out in turn."""
    result = np.zeros(len(spectra.mel), int)
    for source in data.SETS:
        speakers = np.unique(spectra.speaker[spectra.source == source])
        dealt = dict(zip(np.random.default_rng(3).permutation(speakers), np.arange(len(speakers)) % FOLDS))
        for row in np.flatnonzero(spectra.source == source):
            result[row] = dealt[spectra.speaker[row]]
    return result


def run_training(name: str, train: data.Spectra, test: data.Spectra, epochs: int, minutes) -> None:
    network = VoiceAffectNet()
    optimizer = torch.optim.AdamW(network.parameters(), lr=2e-3, weight_decay=0.05)
    run = Run(name, network, optimizer, epochs=epochs, minutes=minutes, average=0.99)
    while not run.finished():
        loss = train_epoch(run, network, train, np.random.default_rng(run.epoch))
        logits = predict(run.averaged.module, test)
        anybody, own = (found.split(HEADS, 1)[0].argmax(1).numpy() for found in logits)
        run.end_epoch(
            loss=loss,
            recall=scores.unweighted_recall(test.emotion, anybody),
            recall_own=scores.unweighted_recall(test.emotion, own),
        )


def batches(speaker: np.ndarray, random: np.random.Generator) -> list[np.ndarray]:
    """All rows once, in batches of groups of one speaker each."""
    groups = []
    for name in np.unique(speaker):
        own = random.permutation(np.flatnonzero(speaker == name))
        groups += [own[first : first + GROUP] for first in range(0, len(own), GROUP)]
    order = random.permutation(len(groups))
    return [np.concatenate([groups[i] for i in order[first : first + GROUPS]]) for first in range(0, len(order), GROUPS)]


def train_epoch(run: Run, network: VoiceAffectNet, spectra: data.Spectra, random: np.random.Generator) -> float:
    network.train()
    losses = []
    for rows in run.steps(batches(spectra.speaker, random)):
        mel, low = augment(torch.from_numpy(spectra.mel[rows]), torch.from_numpy(spectra.low[rows]), random)
        with torch.autocast("cpu", torch.bfloat16):
            features = network.features(mel, low)
        features = features.float()
        anybody = network.read(features)
        own = network.read_own(features, *usual(features, any_part(spectra.speaker[rows], random)))
        loss = cost(anybody, spectra, rows) + cost(own, spectra, rows)
        loss.backward()
        losses.append(loss.item())
    return float(np.mean(losses))


def cost(logits: torch.Tensor, spectra: data.Spectra, rows: np.ndarray) -> torch.Tensor:
    """Cross-entropies of emotions, levels and arousal, of the clips that have each."""
    emotion, level, arousal = logits.split(HEADS, 1)
    total = logits.sum() * 0
    for share, found, truth in ((1.0, emotion, spectra.emotion[rows]), (0.7, level, spectra.level[rows])):
        if (truth >= 0).any():
            truth = torch.from_numpy(truth)
            total = total + share * functional.cross_entropy(found, truth, ignore_index=-1, label_smoothing=0.1)
    sides = torch.from_numpy(spectra.arousal[rows])
    known = ~torch.isnan(sides)
    if known.any():
        total = total + 0.5 * functional.binary_cross_entropy_with_logits(arousal[known, 0], sides[known])
    return total


def predict(network: VoiceAffectNet, spectra: data.Spectra, past=None) -> tuple[torch.Tensor, torch.Tensor]:
    """Logits [n, 12] for anybody, and by the speaker's `past` (pairs as for `usual`; by default the other half of the
    speaker's clips); NaN where there is none."""
    network.eval()
    with torch.no_grad():
        pairs = zip(torch.from_numpy(spectra.mel).split(256), torch.from_numpy(spectra.low).split(256))
        features = torch.cat([network.features(*pair) for pair in pairs])
        usual_ones = usual(features, other_half(spectra.speaker) if past is None else past)
        return network.read(features), network.read_own(features, *usual_ones)


if __name__ == "__main__":
    main()
