"""Boxes and points by the teacher (YuNet, Apache-2.0) for pictures that nobody has boxed."""

import itertools
from pathlib import Path

import numpy as np
from PIL import Image

from common.boxes import suppress
from common.export import session

STRIDES = (8, 16, 32)


class Teacher:
    """YuNet as published: BGR 0..255 in, centre-coded boxes and five points out."""

    def __init__(self, data: Path):
        self.network = session(data / "peers" / "yunet_n_dynamic.onnx")

    def find(self, image: Image.Image, threshold: float = 0.6) -> np.ndarray:
        """Rows [k, 15] of score, box corners and points (person's right eye first) in pixels."""
        width, height = image.size
        padded = Image.new("RGB", (-(-width // 32) * 32, -(-height // 32) * 32))
        padded.paste(image.convert("RGB"))
        pixels = np.asarray(padded, np.float32)[:, :, ::-1].transpose(2, 0, 1)[None]
        names = [f"{kind}_{s}" for kind, s in itertools.product(("cls", "obj", "bbox", "kps"), STRIDES)]
        found = dict(zip(names, self.network.run(names, {"input": pixels})))
        rows = [self._decode(found, stride, padded.width // stride) for stride in STRIDES]
        return suppress(np.concatenate(rows), threshold, 0.3)

    @staticmethod
    def _decode(found: dict, stride: int, columns: int) -> np.ndarray:
        score = np.sqrt((found[f"cls_{stride}"] * found[f"obj_{stride}"]).clip(0, 1))[0, :, 0]
        index = np.arange(len(score))
        corner = np.stack([index % columns, index // columns], 1).astype(np.float32)
        box, points = found[f"bbox_{stride}"][0], found[f"kps_{stride}"][0]
        centre = (corner + box[:, :2]) * stride
        half = np.exp(box[:, 2:]) * stride / 2
        points = (points.reshape(-1, 5, 2) + corner[:, None]) * stride
        return np.concatenate([score[:, None], centre - half, centre + half, points.reshape(-1, 10)], 1)

    def find_in_crop(self, pixels: np.ndarray, scale: int = 4, margin: int = 32) -> np.ndarray | None:
        """The best face, row [15] in the pixels of a tight crop such as FER's (u8 [h, w]).

        The crop is enlarged and its edge continued outwards: the teacher wants some margin.
        """
        height, width = pixels.shape
        large = Image.fromarray(pixels).resize((width * scale, height * scale), Image.Resampling.BICUBIC)
        padded = Image.fromarray(np.pad(np.asarray(large), margin, mode="edge"))
        rows = self.find(padded)
        if not len(rows):
            return None
        best = rows[0].copy()
        best[1:] = (best[1:] - margin) / scale
        return best
