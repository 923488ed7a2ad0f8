"""The expression network: a small residual network of plain convolutions."""

import torch
from torch import nn

from common.layers import Residual, conv

# Valence and arousal of the seven classes (order of data.LABELS): places on Russell's circumplex
# (1980), read off to one decimal. A convention, not a measurement: no rater gave these values.
CIRCUMPLEX = [
    [-0.6, 0.7],  # angry
    [-0.7, 0.3],  # disgust
    [-0.6, 0.8],  # fear
    [0.8, 0.5],  # happy
    [-0.7, -0.4],  # sad
    [0.2, 0.8],  # surprise
    [0.0, 0.0],  # neutral
]


class ExpressionNet(nn.Module):
    """Face crop [n, 1, 48, 48], pixels scaled to -1..1, to two rows of logits [n, 7]."""

    def __init__(self, width: int = 40):
        super().__init__()
        self.body = nn.Sequential(
            conv(1, 24),
            conv(24, width, stride=2),
            Residual(width),
            conv(width, 2 * width, stride=2),
            Residual(2 * width),
            Residual(2 * width),
            conv(2 * width, 4 * width, stride=2),
            Residual(4 * width),
            Residual(4 * width),
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
        )
        self.drop = nn.Dropout(0.3)
        self.ferplus = nn.Linear(4 * width, 7)
        self.fer2013 = nn.Linear(4 * width, 7)

    def forward(self, face: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        features = self.drop(self.body(face))
        return self.ferplus(features), self.fer2013(features)


class Deployed(nn.Module):
    """What is exported: calibrated probabilities of both labellings, valence and arousal."""

    def __init__(self, network: ExpressionNet, ferplus_temperature: float, fer2013_temperature: float):
        super().__init__()
        self.network = network
        self.ferplus_temperature = ferplus_temperature
        self.fer2013_temperature = fer2013_temperature
        self.register_buffer("circumplex", torch.tensor(CIRCUMPLEX))

    def forward(self, face: torch.Tensor):
        ferplus, fer2013 = self.network(face)
        ferplus = torch.softmax(ferplus / self.ferplus_temperature, 1)
        fer2013 = torch.softmax(fer2013 / self.fer2013_temperature, 1)
        return ferplus, fer2013, ferplus @ self.circumplex
