"""Trains the activity network: once for each fold of people, for the scores, and once on everybody."""

import numpy as np
import torch
from torch.nn import functional

from activity import data
from activity.augment import augment
from activity.network import ActivityNet
from common import scores
from common.cli import training_parser
from common.run import Run, seed_everything

FOLDS = 4
BATCH, DRAWN = 128, 25600
# phone_watch is scored every 16 samples and trained on every 4.
STEP = 4
# How often each data set is drawn; within it each place and class alike (its root frequency).
SOURCES = {"ucihar": 0.4, "phone_watch": 0.4, "wrist_gestures": 0.2}


def main() -> None:
    arguments = training_parser(__doc__, epochs=40).parse_args()
    dense, scored = data.load(arguments.data, STEP), data.load(arguments.data)
    dense_folds, scored_folds = fold_of(dense), fold_of(scored)
    for fold in [*range(FOLDS), None]:
        seed_everything(arguments.seed, arguments.threads)
        train = dense if fold is None else dense.select(np.flatnonzero(dense_folds != fold))
        test = scored.select(np.flatnonzero(scored_folds == (fold or 0)))
        minutes = arguments.minutes and arguments.minutes / (FOLDS + 1)
        run_training(run_name(arguments.run or "activity", fold), train, test, arguments.epochs, minutes)


def run_name(name: str, fold: int | None) -> str:
    return name if fold is None else f"{name}_fold{fold}"


def fold_of(windows: data.Windows) -> np.ndarray:
    """Fold of each window: by person, the persons of each data set dealt out in turn."""
    result = np.zeros(len(windows.label), int)
    for source in np.unique(windows.source):
        people = np.unique(windows.person[windows.source == source])
        random = np.random.default_rng(7)
        dealt = dict(zip(random.permutation(people), np.arange(len(people)) % FOLDS))
        for row in np.flatnonzero(windows.source == source):
            result[row] = dealt[windows.person[row]]
    return result


def run_training(name: str, train: data.Windows, test: data.Windows, epochs: int, minutes) -> None:
    network = ActivityNet()
    optimizer = torch.optim.AdamW(network.parameters(), lr=3e-3, weight_decay=0.05)
    run = Run(name, network, optimizer, epochs=epochs, minutes=minutes, average=0.99)
    weights = draw_weights(train)
    while not run.finished():
        random = np.random.default_rng(run.epoch)
        drawn = random.choice(len(weights), DRAWN, p=weights)
        loss = train_epoch(run, network, train.select(drawn), random)
        chosen = predict(run.averaged, test.motion).argmax(1).numpy()
        run.end_epoch(loss=loss, accuracy=scores.accuracy(test.label, chosen))


def draw_weights(windows: data.Windows) -> np.ndarray:
    """Probability of drawing each window."""
    keys = np.char.add(np.char.add(windows.source, windows.place), windows.label.astype(str))
    _, cell, count = np.unique(keys, return_inverse=True, return_counts=True)
    weights = 1 / np.sqrt(count[cell])
    for source, share in SOURCES.items():
        own = windows.source == source
        weights[own] *= share / weights[own].sum()
    return weights / weights.sum()


def train_epoch(run: Run, network: ActivityNet, windows: data.Windows, random: np.random.Generator) -> float:
    network.train()
    losses = []
    for rows in run.steps(np.arange(DRAWN).reshape(-1, BATCH)):
        motion = torch.from_numpy(augment(windows.motion[rows], random))
        truth = torch.from_numpy(windows.label[rows])
        with torch.autocast("cpu", torch.bfloat16):
            logits = network(motion)
        loss = functional.cross_entropy(logits.float(), truth, label_smoothing=0.05)
        loss.backward()
        losses.append(loss.item())
    return float(np.mean(losses))


def predict(network: torch.nn.Module, motion: np.ndarray) -> torch.Tensor:
    """Logits [n, 6]."""
    network.eval()
    with torch.no_grad():
        return torch.cat([network(chunk) for chunk in torch.from_numpy(motion).split(512)])


if __name__ == "__main__":
    main()
