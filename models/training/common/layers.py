"""Building blocks. Plain convolutions: the runtime is several times slower per multiplication
on depthwise ones."""

import numpy as np
import torch
from torch import nn


def conv(inputs: int, outputs: int, stride: int | tuple[int, int] = 1, size: int = 3) -> nn.Sequential:
    """Convolution, batch norm, ReLU over [batch, channel, height, width]."""
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, size, stride, size // 2, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    )


class Residual(nn.Module):
    """Two 3x3 convolutions around a shortcut."""

    def __init__(self, channels: int):
        super().__init__()
        self.first = conv(channels, channels)
        self.second = conv(channels, channels)[:2]

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.relu(x + self.second(self.first(x)))


def fixed(weights: np.ndarray, stride: int) -> nn.Conv1d:
    """A convolution whose `weights` [outputs, inputs, size] are not trained."""
    outputs, inputs, size = weights.shape
    result = nn.Conv1d(inputs, outputs, size, stride, bias=False)
    result.weight = nn.Parameter(torch.tensor(weights, dtype=torch.float32), requires_grad=False)
    return result


def multiply_adds(model: nn.Module, example: torch.Tensor) -> int:
    """Multiply-adds of the convolutions and linear layers for one pass of `example`."""
    total = 0

    def count(module, _inputs, output):
        nonlocal total
        kernel = module.weight.shape[1:].numel()
        total += output.numel() * kernel

    kinds = (nn.Conv1d, nn.Conv2d, nn.Linear)
    hooks = [m.register_forward_hook(count) for m in model.modules() if isinstance(m, kinds)]
    training = model.training
    model.eval()
    with torch.no_grad():
        model(example)
    model.train(training)
    for hook in hooks:
        hook.remove()
    return total
