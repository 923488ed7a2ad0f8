"""Makes the recording in this folder: two minutes of a person who does not exist.

The first minute is calm, the second tense. The face is blended from average faces (`models/demo`, each a mean over
hundreds of training pictures), the voice is synthesized by espeak-ng, motion and heart are computed. No person's data
is in it. The same seed gives the same files.

    python3 make_recording.py [--out FOLDER]

Needs Python with numpy and pillow, espeak-ng, and ffmpeg.
"""

import argparse
import csv
from pathlib import Path

import numpy as np

from make import face, heart, motion, voice

HERE = Path(__file__).parent
SEED = 20_240_601
PART_SECONDS = 60.0
SECONDS = 2 * PART_SECONDS

CALM_VOICE = voice.Manner(
    words_per_minute=125,
    pitch=28,
    level_dbfs=-34,
    pause=(1.6, 3.0),
    sentences=[
        "Good morning. I have read the report, and it looks fine to me.",
        "We have enough time for the second part this week.",
        "I will put the notes into the shared folder after lunch.",
        "The numbers are about the same as last month.",
        "Let us look at the plan together when you are ready.",
    ],
)
TENSE_VOICE = voice.Manner(
    words_per_minute=235,
    pitch=82,
    level_dbfs=-20,
    pause=(0.15, 0.45),
    sentences=[
        "No, the deadline is today, and we still do not have the data from the other team!",
        "I asked for that twice already, and nobody answered me!",
        "Why is the build broken again, just now, when we have to show it?",
        "I cannot be in two meetings at once, somebody has to take this over right now!",
        "Please, just send me the file, any file, as quickly as you can!",
    ],
)
CALM_HEART = heart.Rhythm(rate_per_minute=62, rmssd_ms=45, breaths_per_minute=13)
TENSE_HEART = heart.Rhythm(rate_per_minute=92, rmssd_ms=15, breaths_per_minute=20)

# What the face shows, in turn, each for the seconds given. Only means that expression networks read rightly: the one of
# fear bares its teeth, and is taken for a smile.
CALM_FACE = [(9, {"neutral": 1.0}), (5, {"happy": 1.0}), (12, {"neutral": 0.85, "happy": 0.15}), (4, {"happy": 1.0})]
TENSE_FACE = [(9, {"angry": 1.0}), (4, {"sad": 1.0}), (8, {"angry": 1.0}), (3, {"sad": 1.0}), (6, {"angry": 1.0})]
BLEND_SECONDS = 1.0


def agitation(t: float) -> float:
    """How restless head and hand are, in [0,1]."""
    return 0.05 if t < PART_SECONDS else 0.9


def expression(t: float) -> dict[str, float]:
    """Weights of the average faces: each expression blends into the next over BLEND_SECONDS."""
    now, before = shown(t), shown(max(t - BLEND_SECONDS, 0.0))
    if now == before:
        return now
    share = min(max((t - changed(t)) / BLEND_SECONDS, 0.0), 1.0)
    return {name: share * now.get(name, 0) + (1 - share) * before.get(name, 0) for name in {*now, *before}}


def shown(t: float) -> dict[str, float]:
    return turn(t)[1]


def changed(t: float) -> float:
    return turn(t)[0]


def turn(t: float) -> tuple[float, dict[str, float]]:
    """When the expression of this moment began, and what it is."""
    part = CALM_FACE if t < PART_SECONDS else TENSE_FACE
    begun = 0.0 if t < PART_SECONDS else PART_SECONDS
    while True:
        for seconds, weights in part:
            if t < begun + seconds:
                return begun, weights
            begun += seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=HERE)
    parser.add_argument("--faces", type=Path, default=HERE.parent.parent / "models" / "demo")
    arguments = parser.parse_args()
    out = arguments.out
    out.mkdir(parents=True, exist_ok=True)

    streams = np.random.default_rng(SEED).spawn(4)
    jpegs = face.frames(arguments.faces, SECONDS, expression, agitation, streams[0])
    (out / "face.mjpeg").write_bytes(b"".join(jpegs))
    manners = [(PART_SECONDS, CALM_VOICE), (PART_SECONDS, TENSE_VOICE)]
    voice.write_ogg(out / "voice.ogg", voice.speech(manners, streams[1]))
    write_csv(
        out / "motion.csv",
        ["x_acc", "y_acc", "z_acc", "x_gyro", "y_gyro", "z_gyro", "timestamp"],
        motion.rows(SECONDS, agitation, streams[2]),
    )
    write_csv(
        out / "heart.csv",
        ["timestamp", "rr"],
        heart.intervals(CALM_HEART, TENSE_HEART, PART_SECONDS, SECONDS, streams[3]),
    )


def write_csv(path: Path, header: list[str], rows) -> None:
    with path.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


if __name__ == "__main__":
    main()
