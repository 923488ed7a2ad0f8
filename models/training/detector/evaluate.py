"""Scores the face detector on pictures and people it was not trained on."""

from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image

from common.boxes import overlap, suppress
from detector.geometry import move_boxes, move_faces
from detector.library import Picture
from detector.network import Deployed
from detector.scenes import HEIGHT, WIDTH, Composer

IOU_MATCH = 0.3
THRESHOLD, NMS_IOU = 0.5, 0.35
COMPOSED = 300


@dataclass
class Frame:
    """`pixels` u8 [240, 320], `faces` [k, 14], `ignored` [m, 4], and the source's name."""

    pixels: np.ndarray
    faces: np.ndarray
    ignored: np.ndarray
    kind: str


def fit(picture: Picture) -> Frame:
    """The whole picture, scaled into the frame on black."""
    height, width = picture.pixels.shape
    scale = min(WIDTH / width, HEIGHT / height)
    size = round(width * scale), round(height * scale)
    frame = Image.new("L", (WIDTH, HEIGHT))
    frame.paste(Image.fromarray(picture.pixels).resize(size, Image.Resampling.BILINEAR))
    matrix = np.array([[scale, 0, 0], [0, scale, 0]])
    return Frame(
        np.asarray(frame), move_faces(picture.faces, matrix), move_boxes(picture.ignored, matrix), picture.kind
    )


def test_frames(pictures: list[Picture]) -> list[Frame]:
    """Held-out crowds and empty pictures as they are, and composed frames of held-out people."""
    held_out = [p for p in pictures if p.held_out]
    frames = [fit(p) for p in held_out if p.kind in ("crowd", "empty")]
    composer = Composer(held_out, seed=12345)
    return frames + [Frame(*composer.frame(), "composed") for _ in range(COMPOSED)]


def detect(network: torch.nn.Module, frames: list[Frame], threshold: float) -> list[np.ndarray]:
    """Rows [k, 15] per frame, after suppression."""
    deployed = Deployed(network).eval()
    found = []
    with torch.no_grad():
        for start in range(0, len(frames), 32):
            pixels = np.stack([frame.pixels for frame in frames[start : start + 32]])
            rows = deployed(torch.from_numpy(pixels).float()[:, None] / 255 - 0.5)
            found += [suppress(each.numpy(), threshold, NMS_IOU) for each in rows]
    return found


@dataclass
class Matches:
    """What became of one frame: for each face its score (0: missed), side in pixels and relative
    error of the points (NaN: unknown); scores of false alarms."""

    scores: np.ndarray
    sides: np.ndarray
    point_errors: np.ndarray
    false_alarms: np.ndarray


def match(frame: Frame, found: np.ndarray) -> Matches:
    """Best detection first, each takes the free face it overlaps most, from IOU_MATCH on.

    Detections that match nothing are false alarms, except on what is ignored.
    """
    scores = np.zeros(len(frame.faces))
    errors = np.full(len(frame.faces), np.nan)
    false = []
    for row in found:
        shared = overlap(row[None, 1:5], frame.faces[:, :4])[0] * (scores == 0)
        if len(shared) and shared.max() >= IOU_MATCH:
            face = shared.argmax()
            scores[face] = row[0]
            side = np.sqrt(np.prod(frame.faces[face, 2:4] - frame.faces[face, :2]))
            offset = (row[5:] - frame.faces[face, 4:]).reshape(5, 2)
            errors[face] = np.linalg.norm(offset, axis=1).mean() / side
        elif not len(frame.ignored) or overlap(row[None, 1:5], frame.ignored).max() < IOU_MATCH:
            false.append(row[0])
    sides = np.sqrt(np.prod(frame.faces[:, 2:4] - frame.faces[:, :2], 1))
    return Matches(scores, sides, errors, np.array(false))


def check(network: torch.nn.Module, frames: list[Frame]) -> dict[str, float]:
    """Recall and false alarms at the threshold, by source: the figures of a training's log."""
    network.eval()
    matches = [match(*pair) for pair in zip(frames, detect(network, frames, THRESHOLD))]
    figures = {}
    for kind in ("crowd", "composed"):
        own = [m for frame, m in zip(frames, matches) if frame.kind == kind]
        figures[f"{kind}_recall"] = float(np.mean(np.concatenate([m.scores for m in own]) > 0))
        figures[f"{kind}_false"] = float(sum(len(m.false_alarms) for m in own) / len(own))
    empty = [len(m.false_alarms) > 0 for frame, m in zip(frames, matches) if frame.kind == "empty"]
    figures["empty_fire"] = float(np.mean(empty))
    figures["point_error"] = float(np.nanmean(np.concatenate([m.point_errors for m in matches])))
    return figures
