"""The voice activity network: log-mel inside, one-dimensional convolutions over time."""

import torch
from torch import nn

from voice.mel import LogMel
from voice_activity.mix import PARTS

WINDOW, HOP, BANDS = 320, 160, 32


class VoiceActivityNet(nn.Module):
    """Samples [n, 1, 8000] in -1..1 at 16 kHz to one logit for each 100 ms [n, 5]."""

    def __init__(self, width: int = 48):
        super().__init__()
        self.mel = LogMel(WINDOW, HOP, BANDS)
        self.body = nn.Sequential(
            *_layer(BANDS, width, 5, 2), *_layer(width, width, 5, 1), *_layer(width, width, 5, 1),
        )
        self.head = nn.Sequential(nn.AdaptiveAvgPool1d(PARTS), nn.Conv1d(width, 1, 1))

    def forward(self, samples: torch.Tensor) -> torch.Tensor:
        spectrum = self.mel(samples)
        level = spectrum.mean((1, 2), keepdim=True)
        return self.head(self.body((spectrum - level) / 4)).flatten(1)


class Deployed(nn.Module):
    """What is exported: probability of speech for each 100 ms."""

    def __init__(self, network: VoiceActivityNet):
        super().__init__()
        self.network = network

    def forward(self, samples: torch.Tensor) -> torch.Tensor:
        return torch.sigmoid(self.network(samples))


def _layer(inputs: int, outputs: int, size: int, stride: int) -> list[nn.Module]:
    return [
        nn.Conv1d(inputs, outputs, size, stride, size // 2, bias=False), nn.BatchNorm1d(outputs), nn.ReLU(inplace=True),
    ]
