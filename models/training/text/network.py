"""Three of MiniLM's six layers with narrower feed-forward parts, and a head for each question."""

import numpy as np
import torch
from torch import nn

from text import start
from text.pieces import PAD

WIDTH, HEADS, INNER, LONGEST = 384, 12, 768, 128
LAYERS = (0, 2, 4)
OUTPUTS = {"sentiment": 2, "emotion": 6, "stress": 2}
LABELS = {
    "sentiment": ["negative", "positive"],
    "emotion": ["sadness", "joy", "love", "anger", "fear", "surprise"],
    "stress": ["false", "true"],
}


class Layer(nn.Module):
    """Attention and a feed-forward part, each added to what came in and normalized."""

    def __init__(self, dropout: float):
        super().__init__()
        self.query, self.key, self.value, self.joined = (nn.Linear(WIDTH, WIDTH) for _ in range(4))
        self.first, self.second = nn.Linear(WIDTH, INNER), nn.Linear(INNER, WIDTH)
        self.after_attention, self.after_inner = (nn.LayerNorm(WIDTH, eps=1e-12) for _ in range(2))
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: torch.Tensor, blocked: torch.Tensor) -> torch.Tensor:
        count, length = x.shape[:2]
        query, key, value = (
            part(x).reshape(count, length, HEADS, WIDTH // HEADS).transpose(1, 2)
            for part in (self.query, self.key, self.value)
        )
        weights = torch.softmax(query @ key.transpose(2, 3) * (WIDTH // HEADS) ** -0.5 + blocked, 3)
        mixed = (weights @ value).transpose(1, 2).reshape(count, length, WIDTH)
        x = self.after_attention(x + self.dropout(self.joined(mixed)))
        inner = self.first(x)
        # Stands in for MiniLM's GELU: the runtime is fast at sigmoids and slow at error functions.
        inner = inner * torch.sigmoid(1.702 * inner)
        return self.after_inner(x + self.dropout(self.second(inner)))


class TextNet(nn.Module):
    """From numbers of pieces [n, length], 0 where there is none, to logits of each head."""

    def __init__(self, rows: np.ndarray, embedding_rows: int, dropout: float = 0.1):
        super().__init__()
        self.register_buffer("rows", torch.from_numpy(rows))
        self.embedding = nn.Embedding(embedding_rows, WIDTH)
        self.position = nn.Parameter(torch.zeros(LONGEST, WIDTH))
        self.normal = nn.LayerNorm(WIDTH, eps=1e-12)
        self.dropout = nn.Dropout(dropout)
        self.layers = nn.ModuleList(Layer(dropout) for _ in LAYERS)
        self.heads = nn.ModuleDict({name: nn.Linear(2 * WIDTH, size) for name, size in OUTPUTS.items()})

    def forward(self, pieces: torch.Tensor) -> tuple[torch.Tensor, ...]:
        return self.read(self.embedding(self.rows[pieces]), pieces)

    def read(self, x: torch.Tensor, pieces: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """Logits by the pieces' embeddings [n, length, WIDTH]."""
        there = (pieces != PAD).to(x.dtype)
        blocked = (there[:, None, None, :] - 1) * 1e4
        x = self.dropout(self.normal(x + self.position[: pieces.shape[1]]))
        for layer in self.layers:
            x = layer(x, blocked)
        there = there[:, :, None]
        mean = (x * there).sum(1) / there.sum(1)
        largest = (x + (there - 1) * 1e4).amax(1)
        pooled = self.dropout(torch.cat([mean, largest], 1))
        return tuple(head(pooled) for head in self.heads.values())

    def groups(self) -> list[dict]:
        """Parameters with their learning rates: what is new learns fastest."""
        heads = list(self.heads.parameters())
        known = [value for name, value in self.named_parameters() if not name.startswith("heads.")]
        return [{"params": known, "lr": 2e-4}, {"params": heads, "lr": 1e-3}]


def begin(network: TextNet, embedding: np.ndarray, sample: torch.Tensor) -> TextNet:
    """Puts MiniLM's weights in; of its 1,536 inner units those stay that weigh most on `sample`."""
    theirs = {name: torch.tensor(values) for name, values in start.weights().items()}
    with torch.no_grad():
        network.embedding.weight.copy_(torch.tensor(embedding))
        kind = theirs["embeddings.token_type_embeddings.weight"][0]
        network.position.copy_(theirs["embeddings.position_embeddings.weight"][:LONGEST] + kind)
        fill(network.normal, theirs, "embeddings.LayerNorm")
        there = (sample != PAD).float()
        blocked = (there[:, None, None, :] - 1) * 1e4
        network.eval()
        x = network.normal(network.embedding(network.rows[sample]) + network.position[: sample.shape[1]])
        for layer, number in zip(network.layers, LAYERS):
            place = f"encoder.layer.{number}."
            for mine, name in (
                (layer.query, "attention.self.query"), (layer.key, "attention.self.key"),
                (layer.value, "attention.self.value"), (layer.joined, "attention.output.dense"),
                (layer.after_attention, "attention.output.LayerNorm"), (layer.after_inner, "output.LayerNorm"),
            ):
                fill(mine, theirs, place + name)
            prune(layer, theirs, place, x, blocked, there)
            x = layer(x, blocked)
    return network


def prune(layer: Layer, theirs: dict, place: str, x, blocked, there) -> None:
    """Keeps the inner units whose activations move the output most."""
    first, bias = theirs[place + "intermediate.dense.weight"], theirs[place + "intermediate.dense.bias"]
    second = theirs[place + "output.dense.weight"]
    entering = []
    hook = layer.first.register_forward_pre_hook(lambda _module, inputs: entering.append(inputs[0]))
    layer(x, blocked)
    hook.remove()
    inner = torch.nn.functional.gelu(entering[0][there > 0] @ first.T + bias)
    # What a unit adds always the same can go into the bias.
    usual = inner.mean(0)
    weight = (inner - usual).square().mean(0).sqrt() * second.norm(dim=0)
    stays = torch.zeros(len(bias), dtype=torch.bool)
    stays[weight.topk(INNER).indices] = True
    layer.first.weight.copy_(first[stays])
    layer.first.bias.copy_(bias[stays])
    layer.second.weight.copy_(second[:, stays])
    layer.second.bias.copy_(theirs[place + "output.dense.bias"] + second[:, ~stays] @ usual[~stays])


def fill(module: nn.Module, theirs: dict, name: str) -> None:
    module.weight.copy_(theirs[name + ".weight"])
    module.bias.copy_(theirs[name + ".bias"])
