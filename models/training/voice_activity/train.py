"""Trains the voice activity network on mixtures of speech and noise."""

import numpy as np
import torch
from sklearn.metrics import roc_auc_score
from torch.nn import functional

from common import layers
from common.cli import training_parser
from common.run import Run, seed_everything
from voice import clips
from voice_activity.mix import LENGTH, Mixer, sources
from voice_activity.network import VoiceActivityNet

BATCH, STEPS = 128, 60


def main() -> None:
    arguments = training_parser(__doc__, epochs=80).parse_args()
    seed_everything(arguments.seed, arguments.threads)
    loaded = clips.load(arguments.data)
    train, test = sources(loaded, scored=False), sources(loaded, scored=True)
    network = VoiceActivityNet()
    print("multiply-adds", layers.multiply_adds(network, torch.zeros(1, 1, LENGTH)))
    optimizer = torch.optim.AdamW(network.parameters(), lr=3e-3, weight_decay=0.02)
    run = Run(
        arguments.run or "voice_activity", network, optimizer,
        epochs=arguments.epochs, minutes=arguments.minutes, start_from=arguments.start_from, average=0.99,
    )
    samples, truth = stacked(Mixer(test, seed=99), 600)
    mixer = Mixer(train, arguments.seed, varied=True)
    while not run.finished():
        mixer.random = np.random.default_rng([arguments.seed, run.epoch])
        loss = train_epoch(run, network, mixer)
        run.end_epoch(loss=loss, auc=area(truth, predict(run.averaged, samples)))


def train_epoch(run: Run, network: VoiceActivityNet, mixer: Mixer) -> float:
    network.train()
    losses = []
    for _ in run.steps(range(STEPS)):
        samples, truth = stacked(mixer, BATCH)
        logits, wanted = network(samples), torch.from_numpy(truth)
        known = ~torch.isnan(wanted)
        loss = functional.binary_cross_entropy_with_logits(logits[known], wanted[known])
        loss.backward()
        losses.append(loss.item())
    return float(np.mean(losses))


def stacked(mixer: Mixer, count: int) -> tuple[torch.Tensor, np.ndarray]:
    """Samples [count, 1, 16000] and speech [count, 10]."""
    samples, truth = zip(*(mixer.draw() for _ in range(count)))
    return torch.from_numpy(np.stack(samples))[:, None], np.stack(truth)


def predict(network: torch.nn.Module, samples: torch.Tensor) -> np.ndarray:
    """Logits [n, 10]."""
    network.eval()
    with torch.no_grad():
        return torch.cat([network(chunk) for chunk in samples.split(128)]).numpy()


def area(truth: np.ndarray, found: np.ndarray) -> float:
    """Area under the curve over the parts whose state is known."""
    known = ~np.isnan(truth)
    return float(roc_auc_score(truth[known], found[known]))


if __name__ == "__main__":
    main()
