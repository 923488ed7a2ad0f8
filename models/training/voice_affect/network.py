"""The voice affect network: convolutions over two spectra whose level is taken away, what they show summed over time,
and two sets of heads: one for anybody, one that also knows how the speaker usually sounds."""

import torch
from torch import nn

from common.layers import conv
from voice_affect.data import BANDS, LABELS, LEVELS, LOW_BINS, Front

# The loudest point of a clip is set to one, what lies this far below (in ln power) to minus one.
FLOOR = 11.0
STEM, BESIDE, DEEP = 48, 96, 128
FEATURES = 3 * DEEP
# Added to the spread of a feature that a speaker hardly varies.
LEAST_SPREAD = 0.1
HEADS = (len(LABELS), len(LEVELS), 1)


class VoiceAffectNet(nn.Module):
    """Spectra of clips to logits of emotions, levels and high arousal [n, 8 + 3 + 1]."""

    def __init__(self):
        super().__init__()
        self.mel, self.low = Stem(BANDS), Stem(LOW_BINS)
        self.body = nn.Sequential(
            nn.BatchNorm1d(2 * BESIDE), nn.ReLU(),
            nn.Conv1d(2 * BESIDE, DEEP, 3, padding=1, bias=False), nn.BatchNorm1d(DEEP), nn.ReLU(), nn.Dropout(0.2),
            nn.Conv1d(DEEP, DEEP, 3, padding=1, bias=False), nn.BatchNorm1d(DEEP), nn.ReLU(),
        )
        self.drop = nn.Dropout(0.4)
        self.anybody = nn.Linear(FEATURES, sum(HEADS))
        self.own = nn.Linear(2 * FEATURES, sum(HEADS))

    def features(self, mel: torch.Tensor, low: torch.Tensor) -> torch.Tensor:
        """[n, 384]: mean, standard deviation and maximum over time."""
        maps = self.body(torch.cat([self.mel(mel), self.low(low)], 1))
        mean = maps.mean(2)
        spread = ((maps - mean[:, :, None]) ** 2).mean(2).add(1e-4).sqrt()
        return torch.cat([mean, spread, maps.amax(2)], 1)

    def read(self, features: torch.Tensor) -> torch.Tensor:
        return self.anybody(self.drop(features))

    def read_own(self, features: torch.Tensor, mean: torch.Tensor, spread: torch.Tensor) -> torch.Tensor:
        """By the features and by how far they lie from the speaker's usual ones; all [n, 384]."""
        deviations = (features - mean) / (spread + LEAST_SPREAD)
        return self.own(self.drop(torch.cat([features, deviations], 1)))


class Stem(nn.Module):
    """Log power [n, bands, frames] to [n, 96, frames / 4]; bands keep their places."""

    def __init__(self, bands: int):
        super().__init__()
        self.maps = nn.Sequential(
            conv(1, 16, 2), conv(16, 32, 2), nn.Dropout2d(0.1), conv(32, STEM, (2, 1)), nn.Dropout2d(0.1),
        )
        self.flat = nn.Conv1d(STEM * bands // 8, BESIDE, 1)

    def forward(self, spectra: torch.Tensor) -> torch.Tensor:
        loudest = spectra.amax((1, 2), keepdim=True)
        level = torch.clamp(spectra - loudest, min=-FLOOR) / (FLOOR / 2) + 1
        return self.flat(self.maps(level[:, None]).flatten(1, 2))


class Deployed(nn.Module):
    """What is exported: 3 s of samples to calibrated probabilities of emotions, levels and high arousal, and the features,
    of which a speaker's baseline is made."""

    def __init__(self, network: VoiceAffectNet, temperature: float):
        super().__init__()
        self.front = Front()
        self.network = network
        self.temperature = temperature

    def forward(self, samples: torch.Tensor):
        features = self.network.features(*self.front(samples))
        return *probabilities(self.network.read(features), self.temperature), features


class DeployedOwn(nn.Module):
    """What is exported beside it: a clip's features, and the mean and the spread of the speaker's usual ones [1, 3, 384],
    to the same probabilities."""

    def __init__(self, network: VoiceAffectNet, temperature: float):
        super().__init__()
        self.network = network
        self.temperature = temperature

    def forward(self, features: torch.Tensor):
        features, mean, spread = features.unbind(1)
        # As in `baseline.usual`, whose spread is never nought.
        return probabilities(self.network.read_own(features, mean, torch.sqrt(spread**2 + 1e-4)), self.temperature)


def probabilities(logits: torch.Tensor, temperature: float) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    emotion, level, arousal = logits.split(HEADS, 1)
    return torch.softmax(emotion / temperature, 1), torch.softmax(level, 1), torch.sigmoid(arousal)
