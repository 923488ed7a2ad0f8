"""The voice affect network: convolutions over a log-mel spectrum whose level is taken away."""

import torch
from torch import nn

from common.layers import conv
from voice_affect.data import LABELS, front

# The loudest point of a clip is set to zero, what lies this far below (in ln power) is silence.
FLOOR = 11.0


class VoiceAffectNet(nn.Module):
    """Log-mel [n, 40, frames] to emotion logits [n, 8] and an arousal logit [n, 1]."""

    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(
            conv(1, 16, 2), conv(16, 32, 2), conv(32, 64), nn.Dropout2d(0.1), conv(64, 96, 2), nn.Dropout2d(0.1),
        )
        self.drop = nn.Dropout(0.4)
        self.emotion = nn.Linear(192, len(LABELS))
        self.arousal = nn.Linear(192, 1)

    def forward(self, mel: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        loudest = mel.amax((1, 2), keepdim=True)
        level = torch.clamp(mel - loudest, min=-FLOOR) / (FLOOR / 2) + 1
        maps = self.body(level[:, None]).amax(2)
        features = self.drop(torch.cat([maps.mean(2), maps.amax(2)], 1))
        return self.emotion(features), self.arousal(features)


class Deployed(nn.Module):
    """What is exported: 3 s of samples to calibrated probabilities of the emotions and of high arousal."""

    def __init__(self, network: VoiceAffectNet, temperature: float):
        super().__init__()
        self.mel = front()
        self.network = network
        self.temperature = temperature

    def forward(self, samples: torch.Tensor):
        emotion, arousal = self.network(self.mel(samples))
        return torch.softmax(emotion / self.temperature, 1), torch.sigmoid(arousal)
