"""How often somebody else's face looks enough like the person's to be taken for it, by the tracker's own measure.

Reads `face/landmarks`: of frontal pictures of different people, cut as a detector boxes them, the correlation of 24 x 24 pixels
(`shared/analysis/src/face/tracker.rs`). Ten looks at the second face stand for the half seconds in which a bystander is looked at
while somebody is waited for; each box is off by up to 6 % of its side.
"""

import csv
import gzip
import random
from pathlib import Path

import numpy as np
from PIL import Image

from common import data, table

SIDE, LOOKS, PAIRS = 24, 10, 1500
OFF = 0.06
LIMITS = (0.6, 0.7, 0.8, 0.85)
CHANCE = random.Random(1)


def points(row: dict) -> np.ndarray:
    return np.array([[float(row[f"x{i}"]), float(row[f"y{i}"])] for i in range(68)])


def is_frontal(row: dict) -> bool:
    """The nose between the eyes, and these level."""
    face = points(row)
    left, right = face[36:42].mean(axis=0), face[42:48].mean(axis=0)
    line = right - left
    aside = (face[30] - (left + right) / 2) @ line / (line @ line)
    return abs(aside) < 0.08 and abs(np.degrees(np.arctan2(line[1], line[0]))) < 6


def look(folder: Path, row: dict) -> np.ndarray:
    face = points(row)
    (left, top), (right, chin) = face.min(axis=0), face.max(axis=0)
    top -= 0.25 * (chin - top)
    side = max(right - left, chin - top)
    x, y = ((a + b) / 2 + CHANCE.uniform(-OFF, OFF) * side for a, b in ((left, right), (top, chin)))
    side *= CHANCE.uniform(1 - OFF, 1 + OFF)
    box = [int(v) for v in (x - side / 2, y - side / 2, x + side / 2, y + side / 2)]
    picture = Image.open(folder / row["file"]).convert("L").crop(box).resize((SIDE, SIDE), Image.Resampling.BOX)
    values = np.asarray(picture, float).ravel()
    values -= values.mean()
    return values / max(np.linalg.norm(values), 1.0)


def main() -> None:
    folder = data() / "face/landmarks"
    people: dict[str, list[dict]] = {}
    with gzip.open(data() / "face/landmarks.csv.gz", "rt") as file:
        for row in filter(is_frontal, csv.DictReader(file)):
            people.setdefault(row["person"], []).append(row)
    looks = []
    for _ in range(PAIRS):
        one, other = (CHANCE.choice(people[name]) for name in CHANCE.sample(sorted(people), 2))
        known = look(folder, one)
        looks.append([known @ look(folder, other) for _ in range(LOOKS)])
    looks = np.array(looks)
    print(f"{len(people)} people, {PAIRS} pairs\n")
    lines = [[str(limit), f"{np.mean(looks >= limit):.1%}", f"{np.mean(looks.max(axis=1) >= limit):.1%}"] for limit in LIMITS]
    table(["correlation", "looks over it", f"pairs with one of {LOOKS} looks over it"], lines)


if __name__ == "__main__":
    main()
