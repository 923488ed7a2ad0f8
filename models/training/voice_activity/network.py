"""The voice activity network: log-mel inside, convolutions over the spectrum, then over time."""

import torch
from torch import nn

from common.layers import conv
from voice.mel import LogMel
from voice_activity.mix import PARTS

WINDOW, HOP, BANDS = 320, 160, 32


class VoiceActivityNet(nn.Module):
    """Samples [n, 1, 16000] in -1..1 at 16 kHz to one logit for each 100 ms [n, 10]."""

    def __init__(self, width: int = 64):
        super().__init__()
        self.mel = LogMel(WINDOW, HOP, BANDS)
        self.spectral = nn.Sequential(conv(1, 16, 2), conv(16, 32, (2, 1)), conv(32, 48, (2, 1)))
        self.temporal = nn.Sequential(
            *_layer(48 * BANDS // 8, width, 1), *_layer(width, width, 2), *_layer(width, width, 4),
        )
        self.drop = nn.Dropout(0.2)
        self.head = nn.Sequential(nn.AdaptiveAvgPool1d(PARTS), nn.Conv1d(width, 1, 1))

    def forward(self, samples: torch.Tensor) -> torch.Tensor:
        spectrum = self.mel(samples)
        level = spectrum.mean((1, 2), keepdim=True)
        maps = self.spectral(((spectrum - level) / 4)[:, None])
        n, channels, bands, frames = maps.shape
        return self.head(self.drop(self.temporal(maps.reshape(n, channels * bands, frames)))).flatten(1)


class Deployed(nn.Module):
    """What is exported: probability of speech for each 100 ms."""

    def __init__(self, network: VoiceActivityNet):
        super().__init__()
        self.network = network

    def forward(self, samples: torch.Tensor) -> torch.Tensor:
        return torch.sigmoid(self.network(samples))


def _layer(inputs: int, outputs: int, dilation: int) -> list[nn.Module]:
    return [
        nn.Conv1d(inputs, outputs, 5, padding=2 * dilation, dilation=dilation, bias=False),
        nn.BatchNorm1d(outputs), nn.ReLU(inplace=True),
    ]
