"""Trains the landmark network: points of a face and whether its eyes are open."""

import numpy as np
import torch
from torch.nn import functional

from common import layers, scores
from common.cli import training_parser
from common.run import Run, seed_everything
from landmarks import data
from landmarks.compose import Composer
from landmarks.network import LandmarkNet

BATCH = 64


def main() -> None:
    arguments = training_parser(__doc__, epochs=120).parse_args()
    seed_everything(arguments.seed, arguments.threads)
    crops = data.load_crops(arguments.data)
    train, test = (crops.select(np.flatnonzero(crops.held_out == side)) for side in (False, True))
    train_eyes, test_eyes = data.load_eyes(arguments.data)
    network = LandmarkNet()
    print("multiply-adds", layers.multiply_adds(network, torch.zeros(1, 1, data.SIDE, data.SIDE)))
    network = network.to(memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(network.parameters(), lr=2e-3, weight_decay=0.02)
    run = Run(
        arguments.run or "landmarks", network, optimizer,
        epochs=arguments.epochs, minutes=arguments.minutes, start_from=arguments.start_from, average=0.99,
    )
    while not run.finished():
        composer = Composer(train, train_eyes, arguments.seed + run.epoch)
        loss = train_epoch(run, network, composer)
        run.end_epoch(loss=loss, **check(run.averaged, test, test_eyes))


def train_epoch(run: Run, network: LandmarkNet, composer: Composer) -> float:
    network.train()
    order = np.random.permutation(len(composer.crops.images))
    losses = []
    for rows in run.steps(np.array_split(order, len(order) // BATCH)):
        images, points, eyes = composer.batch(rows)
        images = images.contiguous(memory_format=torch.channels_last)
        with torch.autocast("cpu", torch.bfloat16):
            found, state = network(images)
        loss = _loss(found.float(), state.float(), points, eyes)
        loss.backward()
        losses.append(loss.item())
    return float(np.mean(losses))


def _loss(found, state, points, eyes) -> torch.Tensor:
    """Points by a smooth absolute error in crop sides; eyes only where their state is known."""
    shape = functional.smooth_l1_loss(found, points, beta=0.01) * 20
    known = ~torch.isnan(eyes)
    if not known.any():
        return shape
    return shape + functional.binary_cross_entropy_with_logits(state[known], eyes[known])


def predict(network: torch.nn.Module, images: torch.Tensor) -> tuple[np.ndarray, np.ndarray]:
    """Points [n, 136] and eye logits [n, 2]."""
    network.eval()
    with torch.no_grad():
        pairs = [network(chunk) for chunk in images.split(256)]
    return tuple(torch.cat(part).numpy() for part in zip(*pairs))


def interocular_error(found: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Mean distance of the points [n, 136] over that of the eyes' outer corners, for each face."""
    found, truth = found.reshape(-1, 68, 2), truth.reshape(-1, 68, 2)
    unit = np.linalg.norm(truth[:, 36] - truth[:, 45], axis=1)
    return np.linalg.norm(found - truth, axis=2).mean(1) / unit


def check(network: torch.nn.Module, test: data.Crops, eyes: data.Eyes) -> dict[str, float]:
    images, points, states = Composer(test, eyes, seed=99, still=True).batch(np.arange(len(test.images)))
    found, logits = predict(network, images)
    known = ~np.isnan(states.numpy())
    return {
        "error": float(interocular_error(found, points.numpy()).mean()),
        "eyes": scores.accuracy(states.numpy()[known] > 0.5, logits[known] > 0),
    }


if __name__ == "__main__":
    main()
