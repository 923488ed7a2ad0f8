"""The face detector: YuNet's form (Wu, Peng and Yu 2023) for gray frames, from whose published weights training begins."""

import torch
from torch import nn
from torch.nn import functional

STRIDES = (8, 16, 32)
WIDTH, HEIGHT = 320, 240
# Every map must halve evenly: the frame is continued in black below.
PADDED = -(-HEIGHT // STRIDES[-1]) * STRIDES[-1]
GRIDS = tuple((PADDED // s, WIDTH // s) for s in STRIDES)
CHANNELS = 64
# What each cell says: that it shows a face, that it is the one to say so, the box, five points.
PARTS = {"cls": 1, "bbox": 4, "obj": 1, "kps": 10}
# Least share and most of certainty, so that its logarithm is finite.
SURE = 1e-6


def cells() -> tuple[torch.Tensor, torch.Tensor]:
    """Corners [n, 2] and strides [n] of every cell, in the order of the network's rows."""
    corners, strides = [], []
    for stride, (rows, columns) in zip(STRIDES, GRIDS):
        y, x = torch.meshgrid(torch.arange(rows), torch.arange(columns), indexing="ij")
        corners.append(torch.stack([x, y], 2).reshape(-1, 2).float() * stride)
        strides.append(torch.full((rows * columns,), float(stride)))
    return torch.cat(corners), torch.cat(strides)


class Unit(nn.Sequential):
    """A pointwise and a depthwise 3x3 convolution."""

    def __init__(self, inputs: int, outputs: int):
        super().__init__(nn.Conv2d(inputs, outputs, 1), nn.Conv2d(outputs, outputs, 3, padding=1, groups=outputs))


def units(*channels: int) -> nn.Sequential:
    """Units with ReLU, from each number of channels to the next."""
    pairs = zip(channels, channels[1:])
    return nn.Sequential(*(layer for pair in pairs for layer in (Unit(*pair), nn.ReLU())))


class FaceNet(nn.Module):
    """Gray frame [n, 1, 240, 320] of 0..255 to raw rows [n, cells, 15]: logit of the score, box, points."""

    def __init__(self):
        super().__init__()
        c = CHANNELS
        self.stem = nn.Conv2d(1, 16, 3, 2, 1)
        self.stages = nn.ModuleList([units(16, 16), units(16, 16, c, c, c), *(units(c, c, c) for _ in range(3))])
        # From the coarsest map to the finest, and then what each map's heads share.
        self.sides = nn.ModuleList(units(c, c) for _ in STRIDES)
        self.shared = nn.ModuleList(units(c, c) for _ in STRIDES)
        self.heads = nn.ModuleDict(
            {part: nn.ModuleList(Unit(c, size) for _ in STRIDES) for part, size in PARTS.items()}
        )

    def forward(self, frame: torch.Tensor) -> torch.Tensor:
        x = functional.pad(frame, (0, 0, 0, PADDED - HEIGHT))
        x = self.stages[0](torch.relu(self.stem(x)))
        maps = []
        for stage in self.stages[1:]:
            x = stage(functional.max_pool2d(x, 2))
            maps.append(x)
        fine, middle, coarse = maps[1:]
        coarse = self.sides[2](coarse)
        middle = self.sides[1](middle + functional.interpolate(coarse, scale_factor=2.0, mode="nearest"))
        fine = self.sides[0](fine + functional.interpolate(middle, scale_factor=2.0, mode="nearest"))
        shared = [layers(level) for layers, level in zip(self.shared, (fine, middle, coarse))]
        parts = {
            part: torch.cat([head(level).flatten(2) for head, level in zip(heads, shared)], 2).transpose(1, 2)
            for part, heads in self.heads.items()
        }
        score = torch.sqrt(torch.sigmoid(parts["cls"]) * torch.sigmoid(parts["obj"]))
        return torch.cat([torch.logit(score, SURE), parts["bbox"], parts["kps"]], 2)


def decode(raw: torch.Tensor, corners: torch.Tensor, strides: torch.Tensor) -> torch.Tensor:
    """Raw rows to rows of boxes and points [n, cells, 14] in pixels."""
    stride = strides[None, :, None]
    centre = corners + raw[:, :, 1:3] * stride
    half = torch.exp(raw[:, :, 3:5].clamp(-5, 6)) * (stride / 2)
    points = raw[:, :, 5:] * stride + corners.repeat(1, 5)
    return torch.cat([centre - half, centre + half, points], 2)


class Deployed(nn.Module):
    """What is exported: score in 0..1, box corners and five points in pixels."""

    def __init__(self, network: FaceNet):
        super().__init__()
        self.network = network
        corners, strides = cells()
        self.register_buffer("corners", corners)
        self.register_buffer("strides", strides)

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        raw = self.network(image)
        return torch.cat([torch.sigmoid(raw[:, :, :1]), decode(raw, self.corners, self.strides)], 2)
