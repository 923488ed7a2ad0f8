"""Trains the face detector on composed frames."""

import numpy as np
import torch

from common import layers
from common.cli import training_parser
from common.run import Run, seed_everything
from detector import evaluate, library
from detector.begin import published
from detector.loss import Assignment, detection_loss
from detector.mine import mine
from detector.network import HEIGHT, WIDTH, Deployed, FaceNet, cells, decode
from detector.scenes import Composer

BATCH, STEPS = 16, 150
# Small: the published weights are to be kept where nothing speaks against them.
LEARNING_RATE = 3e-4


def main() -> None:
    arguments = training_parser(__doc__, epochs=60).parse_args()
    seed_everything(arguments.seed, arguments.threads)
    pictures = library.load(arguments.data)
    network = published(arguments.data)
    print("multiply-adds", layers.multiply_adds(network, torch.zeros(1, 1, HEIGHT, WIDTH)))
    network = network.to(memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(network.parameters(), lr=LEARNING_RATE)
    run = Run(
        arguments.run or "detector", network, optimizer,
        epochs=arguments.epochs, minutes=arguments.minutes, start_from=arguments.start_from, average=0.998,
    )
    teacher = Deployed(published(arguments.data)).eval()
    held_out = evaluate.test_frames(pictures)
    while not run.finished():
        alarms = mine(run.averaged, pictures)
        composer = Composer([p for p in pictures if not p.held_out], arguments.seed + run.epoch, alarms)
        loss = train_epoch(run, network, teacher, composer)
        run.end_epoch(loss=loss, **evaluate.check(run.averaged, held_out))


def train_epoch(run: Run, network: FaceNet, teacher: Deployed, composer: Composer) -> float:
    network.train()
    corners, strides = cells()
    assign = Assignment(corners, strides)
    losses = []
    for _ in run.steps(range(STEPS)):
        worn, clean, faces, ignored = zip(*(composer.frame() for _ in range(BATCH)))
        with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
            said = teacher(images(clean)).float().numpy()
        answers, scores, counts = zip(*(assign(*each) for each in zip(said, faces, ignored)))
        with torch.autocast("cpu", torch.bfloat16):
            raw = network(images(worn))
        raw = raw.float()
        loss = detection_loss(raw, decode(raw, corners, strides), faces, answers, scores, counts)
        loss.backward()
        losses.append(loss.item())
    return float(np.mean(losses))


def images(frames: list[np.ndarray]) -> torch.Tensor:
    """[n, 1, 240, 320] of 0..255."""
    return torch.from_numpy(np.stack(frames)).float()[:, None].contiguous(memory_format=torch.channels_last)


if __name__ == "__main__":
    main()
