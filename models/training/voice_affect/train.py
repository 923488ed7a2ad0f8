"""Trains the voice affect network: once for each fold of speakers, for the scores, and once on all."""

import numpy as np
import torch
from torch.nn import functional

from common import scores
from common.cli import training_parser
from common.run import Run, seed_everything
from voice_affect import data
from voice_affect.augment import augment
from voice_affect.network import VoiceAffectNet

FOLDS = 5
BATCH = 64


def main() -> None:
    arguments = training_parser(__doc__, epochs=90).parse_args()
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
    network = VoiceAffectNet().to(memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(network.parameters(), lr=2e-3, weight_decay=0.05)
    run = Run(name, network, optimizer, epochs=epochs, minutes=minutes, average=0.99)
    while not run.finished():
        loss = train_epoch(run, network, train, np.random.default_rng(run.epoch))
        chosen = predict(run.averaged, test.mel)[0].argmax(1).numpy()
        run.end_epoch(loss=loss, recall=scores.unweighted_recall(test.emotion, chosen))


def train_epoch(run: Run, network: VoiceAffectNet, spectra: data.Spectra, random: np.random.Generator) -> float:
    network.train()
    order = random.permutation(len(spectra.mel))
    losses = []
    for rows in run.steps(np.array_split(order, len(order) // BATCH)):
        mel = augment(torch.from_numpy(spectra.mel[rows]), random)
        with torch.autocast("cpu", torch.bfloat16):
            emotion, arousal = (logits.float() for logits in network(mel))
        labels, sides = torch.from_numpy(spectra.emotion[rows]), torch.from_numpy(spectra.arousal[rows])
        loss = functional.cross_entropy(emotion, labels, ignore_index=-1, label_smoothing=0.1)
        known = ~torch.isnan(sides)
        loss = loss + 0.5 * functional.binary_cross_entropy_with_logits(arousal[known, 0], sides[known])
        loss.backward()
        losses.append(loss.item())
    return float(np.mean(losses))


def predict(network: torch.nn.Module, mel: np.ndarray) -> tuple[torch.Tensor, torch.Tensor]:
    """Emotion logits [n, 8] and arousal logits [n, 1]."""
    network.eval()
    with torch.no_grad():
        pairs = [network(chunk) for chunk in torch.from_numpy(mel).split(256)]
    return tuple(torch.cat(part) for part in zip(*pairs))


if __name__ == "__main__":
    main()
