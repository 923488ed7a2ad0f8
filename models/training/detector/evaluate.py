"""Scores the face detector on pictures and people it was not trained on."""

from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image

from common import layers, scores
from common.boxes import overlap, suppress
from common.cli import parser
from common.export import export, milliseconds
from common.run import averaged_model
from detector import clips, library
from detector.begin import TRAINED_SHARE, between, published
from detector.geometry import move_boxes, move_faces
from detector.library import Picture
from detector.network import Deployed, FaceNet
from detector.scenes import HEIGHT, WIDTH, Composer

IOU_MATCH = 0.3
# A picture that is searched in parts has as many chances of a false alarm: more is asked of a part.
THRESHOLD, TILE_THRESHOLD, NMS_IOU = 0.6, 0.65, 0.35
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
    scale = fit_scale(picture)
    size = round(width * scale), round(height * scale)
    frame = Image.new("L", (WIDTH, HEIGHT))
    frame.paste(Image.fromarray(picture.pixels).resize(size, Image.Resampling.BILINEAR))
    matrix = np.array([[scale, 0, 0], [0, scale, 0]])
    return Frame(
        np.asarray(frame), move_faces(picture.faces, matrix), move_boxes(picture.ignored, matrix), picture.kind
    )


def fit_scale(picture: Picture) -> float:
    """Factor from a picture's pixels to those of the frame that it is fitted into."""
    height, width = picture.pixels.shape
    return min(WIDTH / width, HEIGHT / height)


def test_frames(pictures: list[Picture]) -> list[Frame]:
    """Held-out crowds and empty pictures as they are, and composed frames of held-out people."""
    held_out = [p for p in pictures if p.held_out]
    frames = [fit(p) for p in held_out if p.kind in ("crowd", "empty")]
    composer = Composer(held_out, seed=12345)
    for _ in range(COMPOSED):
        worn, _, faces, ignored = composer.frame()
        frames.append(Frame(worn, faces, ignored, "composed"))
    return frames


def detect(network: torch.nn.Module, frames: list[Frame], threshold: float) -> list[np.ndarray]:
    """Rows [k, 15] per frame, after suppression."""
    deployed = Deployed(network).eval()
    found = []
    with torch.no_grad():
        for start in range(0, len(frames), 32):
            pixels = np.stack([frame.pixels for frame in frames[start : start + 32]])
            rows = deployed(torch.from_numpy(pixels).float()[:, None])
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
    best = np.zeros(len(frame.faces))
    errors = np.full(len(frame.faces), np.nan)
    false = []
    for row in found:
        shared = overlap(row[None, 1:5], frame.faces[:, :4])[0] * (best == 0)
        if len(shared) and shared.max() >= IOU_MATCH:
            face = shared.argmax()
            best[face] = row[0]
            side = np.sqrt(np.prod(frame.faces[face, 2:4] - frame.faces[face, :2]))
            offset = (row[5:] - frame.faces[face, 4:]).reshape(5, 2)
            errors[face] = np.linalg.norm(offset, axis=1).mean() / side
        elif not len(frame.ignored) or overlap(row[None, 1:5], frame.ignored).max() < IOU_MATCH:
            false.append(row[0])
    sides = np.sqrt(np.prod(frame.faces[:, 2:4] - frame.faces[:, :2], 1))
    return Matches(best, sides, errors, np.array(false))


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
    errors = np.concatenate([m.point_errors for m in matches])
    figures["point_error"] = float(np.nanmedian(errors)) if np.isfinite(errors).any() else np.nan
    return figures


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--run", default="detector")
    arguments = arguments.parse_args()
    torch.manual_seed(0)
    network = between(averaged_model(arguments.run, FaceNet()), published(arguments.data))
    path = export(Deployed(network), torch.rand(1, 1, HEIGHT, WIDTH) * 255, "detector", "image", ["detections"])
    frames = test_frames(library.load(arguments.data))
    frames += [Frame(*frame, "webcam") for frame in clips.taught(arguments.data, "webcam_*.avi")]
    matches = [match(*pair) for pair in zip(frames, detect(network, frames, 0.1))]
    result = {
        "task": "detector",
        "run": arguments.run,
        "trained_share": TRAINED_SHARE,
        "score_threshold": THRESHOLD,
        "tile_threshold": TILE_THRESHOLD,
        "nms_iou": NMS_IOU,
        "iou_match": IOU_MATCH,
        "megamacs": round(layers.multiply_adds(network, torch.zeros(1, 1, HEIGHT, WIDTH)) / 1e6, 1),
        "milliseconds_onnxruntime": milliseconds(path),
        "kilobytes": path.stat().st_size // 1024,
        "point_error": _point_error(matches),
    }
    for kind in ("webcam", "crowd", "composed", "empty"):
        result[kind] = score([m for frame, m in zip(frames, matches) if frame.kind == kind])
    result["thresholds"] = {
        f"{threshold:.2f}": _trade(frames, matches, threshold) for threshold in np.arange(0.2, 0.75, 0.05)
    }
    scores.write("detector", result)


def score(matches: list[Matches]) -> dict:
    """Recall (over pictures resampled), by size of the face, and false alarms of one source."""
    picture = np.repeat(np.arange(len(matches)), [len(m.scores) for m in matches])
    found = np.concatenate([m.scores for m in matches]) >= THRESHOLD
    sides = np.concatenate([m.sides for m in matches])
    alarms = np.array([int((m.false_alarms >= THRESHOLD).sum()) for m in matches])
    result = {
        "pictures": len(matches),
        "fire": scores.interval(np.mean, alarms > 0),
        "false_alarms_per_picture": round(float(alarms.mean()), 4),
    }
    if len(found):
        result["recall"] = scores.interval(np.mean, found, groups=picture)
        result["recall_by_side"] = {
            f"{low} to {high} px": scores.interval(np.mean, found[rows], groups=picture[rows])
            for low, high in ((9, 16), (16, 24), (24, 48), (48, 96), (96, 320))
            if (rows := (sides >= low) & (sides < high)).sum() > 5
        }
    return result


def _point_error(matches: list[Matches]) -> dict:
    """Mean distance of the five points from the teacher's, as a share of the face's side."""
    errors = np.concatenate([m.point_errors[m.scores >= THRESHOLD] for m in matches])
    return scores.interval(np.mean, errors[~np.isnan(errors)])


def _trade(frames: list[Frame], matches: list[Matches], threshold: float) -> dict:
    """What another threshold would give: recall and false alarms per picture."""
    figures = {}
    for kind in ("webcam", "crowd", "composed", "empty"):
        own = [m for frame, m in zip(frames, matches) if frame.kind == kind]
        found = np.concatenate([m.scores for m in own]) >= threshold
        alarms = sum(int((m.false_alarms >= threshold).sum()) for m in own)
        figures[kind] = {"false_alarms_per_picture": round(alarms / len(own), 4)}
        if len(found):
            figures[kind]["recall"] = round(float(found.mean()), 4)
    return figures


if __name__ == "__main__":
    main()
