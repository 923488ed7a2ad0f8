"""Reads the average faces as the agent would: detector, crop, expression, on a gray frame.

Writes `results/face_basis.json`: for each face the detector's score and what the expression network says.
"""

import tomllib

import numpy as np
from PIL import Image

from common import scores
from common.boxes import suppress
from common.cli import MODELS
from common.export import session

FRAME, FACE_SIDE, GRAY = (240, 320), 150, 128
CHANGES = [(0, 0, 1.0), (-25, 10, 0.8), (30, -8, 0.9), (12, 14, 1.15), (-40, -20, 0.7)]


def main() -> None:
    networks = {n["task"]: n for n in tomllib.loads((MODELS / "manifest.toml").read_text())["network"]}
    labels = networks["expression"]["outputs"][0]["labels"]
    result = {"task": "face_basis", "reads": {}}
    for path in sorted((MODELS / "demo").glob("face_*.png")):
        face = np.asarray(Image.open(path).convert("L"))
        reads = [read(place(face, *change), networks) for change in CHANGES]
        probabilities = np.mean([p for _, p in reads if p is not None], axis=0)
        result["reads"][path.stem.removeprefix("face_")] = {
            "found": sum(p is not None for _, p in reads),
            "of": len(CHANGES),
            "least_score": round(min(score for score, _ in reads), 3),
            "expression": {n: round(float(p), 3) for n, p in zip(labels, probabilities) if p >= 0.05},
        }
    scores.write("face_basis", result)


def place(face: np.ndarray, right: int, down: int, scale: float) -> np.ndarray:
    """A frame of one gray with the face in a soft ellipse, moved off the middle, of FACE_SIDE x scale pixels."""
    side = round(FACE_SIDE * scale)
    large = np.asarray(Image.fromarray(face).resize((side, side), Image.Resampling.BICUBIC), np.float32)
    y, x = np.mgrid[0:side, 0:side] / (side - 1) * 2 - 1
    blend = np.clip((1 - np.hypot(x / 0.92, y)) * 8, 0, 1)
    frame = np.full(FRAME, GRAY, np.float32)
    top, left = (FRAME[0] - side) // 2 + down, (FRAME[1] - side) // 2 + right
    part = frame[top : top + side, left : left + side]
    part += (large - part) * blend
    return frame.round().astype(np.uint8)


def read(frame: np.ndarray, networks: dict):
    """The best detection's score and the FER+ probabilities of its crop; None where there is no face."""
    detector, expression = networks["detector"], networks["expression"]
    rows = run(detector, frame)
    kept = suppress(rows, detector["score_threshold"], detector["nms_iou"])
    if not len(kept):
        return float(rows[:, 0].max()), None
    crop = square(frame, kept[0, 1:5], expression)
    return float(kept[0, 0]), run(expression, np.asarray(crop))


def square(frame: np.ndarray, box: np.ndarray, expression: dict) -> Image.Image:
    """The crop as the manifest's crop_scale and crop_shift_y define it, at the network's size."""
    centre = (box[:2] + box[2:]) / 2 + [0, expression["crop_shift_y"] * (box[3] - box[1])]
    half = expression["crop_scale"] * max(box[2:] - box[:2]) / 2
    size = tuple(expression["input"]["shape"][2:])
    return Image.fromarray(frame).transform(
        size, Image.Transform.EXTENT, (*(centre - half), *(centre + half)), Image.Resampling.BILINEAR
    )


def run(network: dict, pixels: np.ndarray) -> np.ndarray:
    """The first output for one gray picture, without its batch axis."""
    source = network["input"]
    values = pixels[None, None].astype(np.float32) * np.float32(source["scale"]) + np.float32(source["offset"])
    return session(MODELS / network["file"]).run([network["outputs"][0]["name"]], {source["name"]: values})[0][0]


if __name__ == "__main__":
    main()
