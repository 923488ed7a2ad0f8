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
from detector.network import HEIGHT, WIDTH, FaceNet, cells, decode
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
    held_out = evaluate.test_frames(pictures)
    while not run.finished():
        alarms = mine(run.averaged, pictures)
        composer = Composer([p for p in pictures if not p.held_out], arguments.seed + run.epoch, alarms)
        loss = train_epoch(run, network, composer)
        run.end_epoch(loss=loss, **evaluate.check(run.averaged, held_out))


def train_epoch(run: Run, network: FaceNet, composer: Composer) -> float:
    network.train()
    centres, strides = cells()
    assign = Assignment(centres, strides)
    losses = []
    for _ in run.steps(range(STEPS)):
        frames, faces, ignored = zip(*(composer.frame() for _ in range(BATCH)))
        answers, counts = zip(*(assign(*pair) for pair in zip(faces, ignored)))
        images = torch.from_numpy(np.stack(frames)).float()[:, None]
        images = images.contiguous(memory_format=torch.channels_last)
        with torch.autocast("cpu", torch.bfloat16):
            raw = network(images)
        raw = raw.float()
        loss = detection_loss(raw, decode(raw, centres, strides), faces, answers, counts)
        loss.backward()
        losses.append(loss.item())
    return float(np.mean(losses))


if __name__ == "__main__":
    main()
