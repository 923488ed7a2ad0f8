"""The activity network: one-dimensional convolutions over short spectra and learned filters of 2.56 s of motion."""

import torch
from torch import nn

from activity.data import LABELS
from activity.spectrum import BANDS, FRAMES, HOP, WINDOW, ShortSpectrum

CHANNELS = 8
KEPT = 16


def conv(inputs: int, outputs: int, size: int, stride: int = 1, padding: int = 0) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv1d(inputs, outputs, size, stride, padding, bias=False),
        nn.BatchNorm1d(outputs),
        nn.ReLU(inplace=True),
    )


class ActivityNet(nn.Module):
    """Motion [n, 6, 128] in g and rad/s to logits [n, 6]."""

    def __init__(self, width: int = 96, filters: int = 48):
        super().__init__()
        spectra = CHANNELS * (BANDS + 1)
        self.spectrum = ShortSpectrum()
        self.scale = nn.BatchNorm1d(spectra, momentum=0.02)
        self.filters = conv(CHANNELS, filters, WINDOW, HOP)
        self.body = nn.Sequential(
            conv(spectra + filters, width, 3, padding=1),
            conv(width, width, 3, padding=1),
            conv(width, width, 3, padding=1),
        )
        self.places = conv(width, KEPT, 1)
        self.head = nn.Sequential(
            nn.Dropout(0.4), nn.Linear(3 * width + KEPT * FRAMES, 64), nn.ReLU(),
            nn.Dropout(0.3), nn.Linear(64, len(LABELS)),
        )

    def forward(self, motion: torch.Tensor) -> torch.Tensor:
        force = torch.sqrt((motion[:, :3] ** 2).sum(1, keepdim=True) + 1e-6) - 1
        turning = torch.sqrt((motion[:, 3:] ** 2).sum(1, keepdim=True) + 1e-6)
        channels = torch.cat([motion, force, turning], 1)
        # Faint sway beside gravity is lost in bfloat16.
        with torch.autocast("cpu", enabled=False):
            spectra = self.scale(self.spectrum(channels))
        features = self.body(torch.cat([spectra, self.filters(channels)], 1)).float()
        third = FRAMES // 3
        middle = features[:, :, third : FRAMES - third].mean(2)
        summary = [features.mean(2), features.amax(2), middle, self.places(features).flatten(1)]
        return self.head(torch.cat(summary, 1))


class Deployed(nn.Module):
    """What is exported: calibrated probabilities."""

    def __init__(self, network: ActivityNet, temperature: float):
        super().__init__()
        self.network = network
        self.temperature = temperature

    def forward(self, motion: torch.Tensor) -> torch.Tensor:
        return torch.softmax(self.network(motion) / self.temperature, 1)
