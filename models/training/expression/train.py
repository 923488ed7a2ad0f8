"""Trains the expression network: soft FER+ votes and FER2013 labels, a head for each."""

import numpy as np
import torch
from torch.nn import functional

from common import layers, scores
from common.cli import training_parser
from common.run import Run, seed_everything
from expression import data
from expression.augment import augment
from expression.network import ExpressionNet

BATCH = 128
# How much more often a picture is drawn for its votes: rare classes would else never be found.
BOOST = {"angry": 0.25, "disgust": 2.0, "fear": 1.0, "happy": 0.0, "sad": 0.25, "surprise": 0.0, "neutral": 0.0}


def main() -> None:
    arguments = training_parser(__doc__, epochs=60).parse_args()
    seed_everything(arguments.seed, arguments.threads)
    train = data.load(arguments.data, "train")
    valid = data.load(arguments.data, "valid")
    train = train.select(np.flatnonzero(train.weights >= 0.5))
    network = ExpressionNet()
    print("multiply-adds", layers.multiply_adds(network, torch.zeros(1, 1, 48, 48)))
    network = network.to(memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(network.parameters(), lr=2e-3, weight_decay=0.05)
    run = Run(
        arguments.run or "expression", network, optimizer,
        epochs=arguments.epochs, minutes=arguments.minutes, start_from=arguments.start_from,
    )
    while not run.finished():
        loss = train_epoch(run, network, train)
        run.end_epoch(loss=loss, **check(run.averaged, valid))


def train_epoch(run: Run, network: ExpressionNet, faces: data.Faces) -> float:
    network.train()
    batches = np.array_split(draw(faces), len(faces.images) // BATCH)
    losses = []
    for rows in run.steps(batches):
        images = augment(torch.from_numpy(faces.images[rows]).float()[:, None])
        images = images.contiguous(memory_format=torch.channels_last)
        with torch.autocast("cpu", torch.bfloat16):
            ferplus, fer2013 = network(images)
        loss = _loss(ferplus.float(), fer2013.float(), faces.select(rows))
        loss.backward()
        losses.append(loss.item())
    return float(np.mean(losses))


def draw(faces: data.Faces) -> np.ndarray:
    """As many rows as there are pictures, drawn with replacement, rare classes more often."""
    weights = 1 + faces.votes @ np.array([BOOST[label] for label in data.LABELS])
    return np.random.choice(len(weights), len(weights), p=weights / weights.sum())


def _loss(ferplus: torch.Tensor, fer2013: torch.Tensor, faces: data.Faces) -> torch.Tensor:
    votes, weights = torch.from_numpy(faces.votes), torch.from_numpy(faces.weights)
    soft = (functional.cross_entropy(ferplus, votes, reduction="none") * weights).mean()
    labels = torch.from_numpy(faces.fer2013)
    hard = functional.cross_entropy(fer2013, labels, ignore_index=-1, label_smoothing=0.1)
    return soft + 0.5 * hard


def predict(network: torch.nn.Module, images: np.ndarray) -> tuple[torch.Tensor, torch.Tensor]:
    """Both heads' logits [n, 7] for u8 pictures [n, 48, 48]."""
    network.eval()
    pairs = []
    with torch.no_grad():
        for chunk in torch.from_numpy(images).split(256):
            pairs.append(network(chunk.float()[:, None] / 127.5 - 1))
    return tuple(torch.cat(part) for part in zip(*pairs))


def check(network: torch.nn.Module, valid: data.Faces) -> dict[str, float]:
    """Accuracies on the validation pictures, and FER+ unweighted recall."""
    ferplus, fer2013 = (logits.argmax(1).numpy() for logits in predict(network, valid.images))
    rows, truth = valid.majority()
    known = valid.fer2013 >= 0
    return {
        "ferplus": scores.accuracy(truth, ferplus[rows]),
        "ferplus_recall": scores.unweighted_recall(truth, ferplus[rows]),
        "fer2013": scores.accuracy(valid.fer2013[known], fer2013[known]),
    }


if __name__ == "__main__":
    main()
