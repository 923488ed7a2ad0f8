"""The voice chain against Praat, openSMILE (eGeMAPSv02) and librosa, on the same samples.

Reads `voice/`: 70 clips of each of ravdess, emodb2s and baved, chosen by rule, and for what is no voice all of esc10 and
hu_nonspeech. Every second clip is also spoken again by WORLD with a contour that is thereby known. The prepared clips and the
references' values are kept in the folder that `--work` names, so that a second run takes a minute.

With `--golden` it prints the reference values that `shared/analysis/src/voice/golden.rs` holds.
"""

import os

os.environ["OMP_NUM_THREADS"] = "1"  # one core on both sides

import argparse
import csv
import pickle
import resource
import tempfile
import time
from pathlib import Path

import librosa
import numpy as np
import soundfile

import voice_clips as clips
import voice_reference as reference
from common import ROOT, data, example, table

PER_SET = 70
NOISE_DB = 10.0
SEMITONE = 0.5
GROSS = 0.2
MODELS = str(ROOT / "models")
# How the registry's names are called in a frame's row.
FORMANTS = {f"f{n}": f"f{n}_frequency" for n in (1, 2, 3)} | {f"b{n}": f"f{n}_bandwidth" for n in (1, 2, 3)}


def samples(row: dict) -> np.ndarray:
    return soundfile.read(row["wav"], dtype="float64")[0]


def kept(path: Path, make):
    """What `make` gives, from the file if it was made before."""
    if not path.exists():
        path.write_bytes(pickle.dumps(make()))
    return pickle.loads(path.read_bytes())


def references(rows: list[dict]) -> dict[str, dict]:
    extractor = reference.smile_extractor("LowLevelDescriptors")
    return {row["wav"]: {"smile": reference.smile(samples(row), extractor), "praat": reference.praat(samples(row))} for row in rows}


def our_frames(rows: list[dict]) -> dict[str, dict[str, np.ndarray]]:
    """Lines on the hops, NaN where there is nothing."""
    wanted = {row["wav"]: reference.hops(samples(row)) for row in rows}
    columns = ["f0", "voiced", "f1", "f2", "f3", "loudness"]
    lines = {wav: {name: np.full(count, np.nan) for name in columns} for wav, count in wanted.items()}
    for row in example("voice_features", list(wanted), "frames"):
        hop = int(row["hop"])
        if hop < wanted[row["file"]]:
            for name in columns:
                lines[row["file"]][name][hop] = float(row[name] or "nan")
    return lines


def our_clips(rows: list[dict], *arguments: str) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {row["wav"]: {} for row in rows}
    for row in example("voice_features", list(found), "clips", *arguments):
        found[row["file"]][row["feature"]] = float(row["value"])
    return found


def correlation(pairs: np.ndarray) -> float:
    pairs = pairs[~np.isnan(pairs).any(axis=1)]
    return float(np.corrcoef(pairs[:, 0], pairs[:, 1])[0, 1])


def compared(rows: list[dict], pairs: list[tuple[float, float]]) -> list[str]:
    """n, pooled correlation, the lowest of a set, and the median absolute difference."""
    pairs = np.array(pairs, dtype=float)
    sets = np.array([row["set"] for row in rows])
    lowest = min(correlation(pairs[sets == name]) for name in clips.SETS)
    known = ~np.isnan(pairs).any(axis=1)
    difference = np.median(np.abs(pairs[known, 0] - pairs[known, 1]))
    return [str(known.sum()), f"{correlation(pairs):.4f}", f"{lowest:.3f}", f"{difference:.3g}"]


def mean_over(values: np.ndarray, where: np.ndarray) -> float:
    values = values[where & ~np.isnan(values)]
    return float(values.mean()) if len(values) else np.nan


def spectral(rows, frames, ours, known) -> None:
    """Our feature of loudness is over what is said, theirs over all frames: it is compared over all."""
    lines = []
    over_all = {row["wav"]: float(np.nanmean(frames[row["wav"]]["loudness"])) for row in rows}
    for name in reference.SPECTRAL:
        pairs = []
        for row in rows:
            theirs = known[row["wav"]]["smile"]
            where = theirs["f0"] > 0 if name in reference.OVER_VOICED else np.ones(len(theirs["f0"]), bool)
            own = over_all[row["wav"]] if name == "loudness" else ours[row["wav"]].get(name, np.nan)
            pairs.append((own, mean_over(theirs[name], where)))
        lines.append([name, "openSMILE", *compared(rows, pairs)])
    for name, column in FORMANTS.items():
        pairs = []
        for row in rows:
            theirs = known[row["wav"]]["praat"]
            pairs.append((ours[row["wav"]].get(column, np.nan), mean_over(theirs[name], theirs["f0"] > 0)))
        lines.append([column, "Praat", *compared(rows, pairs)])
    for name in ("jitter_local", "shimmer_local_db", "hnr"):
        pairs = [(ours[row["wav"]].get(name, np.nan), known[row["wav"]]["praat"][name]) for row in rows]
        lines.append([name, "Praat", *compared(rows, pairs)])
    table(["feature, clip means", "against", "clips", "correlation", "lowest set", "median difference"], lines)


def formant_frames(rows, frames, known) -> None:
    line = []
    for name in ("f1", "f2", "f3"):
        near = total = 0
        for row in rows:
            ours, theirs = frames[row["wav"]][name], known[row["wav"]]["praat"]
            both = ~np.isnan(ours) & ~np.isnan(theirs[name]) & (theirs["f0"] > 0)
            near += np.sum(np.abs(ours[both] / theirs[name][both] - 1) <= 0.05)
            total += both.sum()
        line.append(f"{100 * near / total:.1f} %")
    table(["frames within 5 % of Praat's", "F1", "F2", "F3"], [[f"{total} frames", *line]])


def contours(rows, frames, known) -> None:
    lines = []
    for tool in ("praat", "smile"):
        near = both_voiced = equal = total = 0
        medians = []
        for row in rows:
            theirs = known[row["wav"]][tool]["f0"]
            valid = ~np.isnan(theirs)
            theirs, ours = theirs[valid], np.nan_to_num(frames[row["wav"]]["f0"])[valid]
            both = (ours > 0) & (theirs > 0)
            near += np.sum(np.abs(12 * np.log2(ours[both] / theirs[both])) <= SEMITONE)
            both_voiced += both.sum()
            equal += np.sum((ours > 0) == (theirs > 0))
            total += valid.sum()
            semitones = [12 * np.log2(np.median(f[f > 0]) / 27.5) if (f > 0).any() else np.nan for f in (ours, theirs)]
            medians.append(tuple(semitones))
        n, r, lowest, difference = compared(rows, medians)
        share = [f"{100 * near / both_voiced:.2f} %", f"{100 * equal / total:.2f} %"]
        lines.append([{"praat": "Praat ac", "smile": "openSMILE"}[tool], n, *share, r, lowest, difference])
    columns = ["F0 against", "clips", "within half a semitone", "equal voicing", "medians: correlation", "lowest set", "semitones apart"]
    table(columns, lines)


def truth(rows: list[dict], work: Path) -> None:
    clean = [clips.resynthesise(row, work / "clean") for row in rows[::2]]
    noisy = [clips.with_noise(row, work / "noisy", NOISE_DB) for row in clean]
    lines = []
    for title, spoken in (("clean", clean), (f"{NOISE_DB:.0f} dB white noise", noisy)):
        frames = our_frames(spoken)
        lines.append([title, "Attune", *errors(spoken, {wav: np.nan_to_num(f["f0"]) for wav, f in frames.items()})])
        lines.append([title, "Praat ac", *errors(spoken, {row["wav"]: reference.praat_f0(samples(row)) for row in spoken})])
        extractor = reference.smile_extractor("LowLevelDescriptors")
        theirs = {row["wav"]: reference.smile(samples(row), extractor)["f0"] for row in spoken}
        lines.append([title, "openSMILE", *errors(spoken, theirs)])
    table(["speech of known F0", "tracker", "clips", "gross errors", "voicing errors"], lines)


def errors(rows: list[dict], found: dict[str, np.ndarray]) -> list[str]:
    gross = both_voiced = wrong = total = 0
    for row in rows:
        count = min(len(row["f0"]), len(found[row["wav"]]))
        # Praat's first and last frames are two hops from the ends, openSMILE's three.
        true, ours = (f[3 : count - 3] for f in (row["f0"][:count], np.nan_to_num(found[row["wav"]][:count])))
        both = (true > 0) & (ours > 0)
        gross += np.sum(np.abs(ours[both] / true[both] - 1) > GROSS)
        both_voiced += both.sum()
        wrong += np.sum((true > 0) != (ours > 0))
        total += len(true)
    return [str(len(rows)), f"{100 * gross / both_voiced:.2f} %", f"{100 * wrong / total:.2f} %"]


def coefficients(rows: list[dict]) -> None:
    """MFCC under librosa's own settings, on a few clips: a table of every value is long."""
    few = rows[::30]
    ours: dict[str, list[float]] = {row["wav"]: [] for row in few}
    for row in example("voice_features", list(ours), "mfcc"):
        ours[row["file"]].append(float(row["value"]))
    worst, count = 0.0, 0
    for row in few:
        theirs = librosa.feature.mfcc(y=samples(row), sr=clips.RATE).T
        worst = max(worst, np.abs(np.array(ours[row["wav"]]).reshape(theirs.shape) - theirs).max())
        count += theirs.size
    table(["MFCC, librosa's settings", "values", "largest difference"], [[f"{len(few)} clips", str(count), f"{worst:.1e}"]])


def sounds(rows: list[dict]) -> None:
    """How much passes for a voice."""
    with open(data() / "voice" / "index.csv", newline="") as file:
        noise = [row for row in csv.DictReader(file) if row["kind"] == "noise"]
    for row in noise:
        row["wav"] = str(data() / "voice" / row["file"])
    kinds: dict[str, list[bool]] = {}
    found = our_clips(noise + rows, MODELS)
    for row in noise + rows:
        kind = row["extra"].split(";")[0].split(" - ")[-1] if row["set"] == "esc10" else row["set"]
        heard = "f0_mean" in found[row["wav"]]
        kinds.setdefault(kind, []).append(heard)
        if "fold=5" in row["extra"]:
            kinds.setdefault("esc10's fold 5, which the network was not trained on", []).append(heard)
    table(["sound", "clips", "taken for a voice"], [[kind, str(len(v)), f"{100 * np.mean(v):.0f} %"] for kind, v in kinds.items()])


def processor_seconds(*arguments: str, files: list[str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    example("voice_features", files, *arguments)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def speed(rows: list[dict]) -> None:
    files = [row["wav"] for row in rows]
    sound = [samples(row).astype(np.float32) for row in rows]
    seconds = sum(map(len, sound)) / clips.RATE

    def timed(work) -> float:
        begun = time.process_time()
        for one in sound:
            work(one)
        return time.process_time() - begun

    extractor = reference.smile_extractor("LowLevelDescriptors")
    smile = timed(lambda one: extractor.process_signal(one, clips.RATE))
    theirs = timed(lambda one: librosa.feature.mfcc(y=one, sr=clips.RATE))
    # Reading files and loading the network are no part of either side.
    reading = processor_seconds("read-only", files=files)
    chain, mfcc = (processor_seconds(what, files=files) - reading for what in ("chain-only", "mfcc-only"))
    loading = processor_seconds("read-only", MODELS, files=files)
    whole = processor_seconds("chain-only", MODELS, files=files) - loading
    lines = [
        ["voice chain with its network", f"{seconds / whole:.0f}", "", ""],
        ["voice chain, signal processing", f"{seconds / chain:.0f}", f"openSMILE: {seconds / smile:.0f}", f"{smile / chain:.1f}"],
        ["MFCC, librosa's settings", f"{seconds / mfcc:.0f}", f"librosa: {seconds / theirs:.0f}", f"{theirs / mfcc:.1f}"],
    ]
    table(["one core, processor time", "times real time", "against", "ratio"], lines)


def golden() -> None:
    """Reference values of the sound that `golden.rs` makes too."""
    sound = clips.made_up()
    lines = reference.praat(sound)
    extractor = reference.smile_extractor("LowLevelDescriptors")
    smile = reference.smile(sound, extractor)
    voiced = lines["f0"] > 0
    print(f"praat f0_mean {lines['f0'][voiced].mean():.4f}")
    for name, column in FORMANTS.items():
        print(f"praat {column} {mean_over(lines[name], voiced):.4f}")
    for name in ("jitter_local", "shimmer_local_db", "hnr"):
        print(f"praat {name} {lines[name]:.6f}")
    for name in reference.SPECTRAL:
        where = smile["f0"] > 0 if name in reference.OVER_VOICED else np.ones(len(smile["f0"]), bool)
        print(f"openSMILE {name} {mean_over(smile[name], where):.6f}")
    print("librosa", np.round(librosa.feature.mfcc(y=sound, sr=clips.RATE)[:6, 20], 5).tolist())


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--work", type=Path, default=None, help="a folder to keep prepared clips and reference values in")
    arguments.add_argument("--golden", action="store_true", help="print the reference values of the ordinary tests")
    arguments = arguments.parse_args()
    if arguments.golden:
        return golden()
    work = arguments.work or Path(tempfile.mkdtemp())
    rows = clips.prepare(data(), work / "clips", PER_SET)
    known = kept(work / "references.pickle", lambda: references(rows))
    frames, ours = our_frames(rows), our_clips(rows)
    contours(rows, frames, known)
    truth(rows, work)
    spectral(rows, frames, ours, known)
    formant_frames(rows, frames, known)
    coefficients(rows)
    sounds(rows)
    speed(rows)


if __name__ == "__main__":
    main()
