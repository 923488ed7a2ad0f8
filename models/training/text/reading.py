"""A whole message read as the runtime reads it: by parts that end with sentences, and with temperatures."""

import numpy as np
import torch

from text.network import LONGEST, OUTPUTS, TextNet
from text.pieces import FIRST, LAST, Pieces
from text.train import padded

MOST = LONGEST - 2
ENDS = {".", "!", "?"}


def parts(numbers: list[int], pieces: Pieces) -> list[list[int]]:
    """Stretches of at most 126 pieces: as many whole sentences as go in; a longer sentence is cut where it must."""
    if len(numbers) <= MOST:
        return [numbers]
    result, start = [], 0
    while len(numbers) - start > MOST:
        ends = [i + 1 for i in range(start, start + MOST) if pieces.names[numbers[i]] in ENDS]
        end = ends[-1] if ends else start + MOST
        result.append(numbers[start:end])
        start = end
    return [*result, numbers[start:]] if start < len(numbers) else result


def logits(network: TextNet, pieces: Pieces, texts) -> tuple[dict[str, np.ndarray], np.ndarray, np.ndarray]:
    """Logits of each head of every part, the text each part is of, and its number of pieces."""
    network.eval()
    of_text, rows = [], []
    for i, text in enumerate(texts):
        for part in parts(pieces.of(text), pieces):
            of_text.append(i)
            rows.append(part)
    order = np.argsort([len(row) for row in rows])
    found = {name: np.zeros((len(rows), size), np.float32) for name, size in OUTPUTS.items()}
    with torch.no_grad():
        for some in np.array_split(order, max(1, len(order) // 64)):
            given = padded([[FIRST, *rows[i], LAST] for i in some])
            for name, values in zip(OUTPUTS, network(given)):
                found[name][some] = values.numpy()
    return found, np.array(of_text), np.array([len(row) for row in rows])


def probabilities(values: np.ndarray, of_text: np.ndarray, weight: np.ndarray, temperature: float) -> np.ndarray:
    """Of each text: the mean of its parts' probabilities, weighted by their pieces."""
    scaled = values / temperature
    scaled = np.exp(scaled - scaled.max(1, keepdims=True))
    scaled /= scaled.sum(1, keepdims=True)
    weight = np.maximum(weight, 1).astype(float)
    total = np.zeros((of_text.max() + 1, values.shape[1]))
    np.add.at(total, of_text, scaled * weight[:, None])
    return total / np.bincount(of_text, weight)[:, None]
