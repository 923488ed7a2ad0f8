"""Heart rate variability against NeuroKit2 and SciPy, on the same RR intervals.

Reads `heart/rr_series`, `heart/small` and `heart/polar_h10.csv.gz`: of every series eight windows of
five minutes, evenly over its length, and the first hour. Windows with an interval outside 0.3-2 s are
moved on: neither side leaves beats out.

With `--golden` it prints the reference values that `shared/analysis/src/heart/golden.rs` holds.
"""

import gzip
import sys
import time
import warnings

import neurokit2 as nk
import numpy as np
from neurokit2.hrv.hrv_nonlinear import _hrv_nonlinear_poincare
from scipy.interpolate import CubicSpline
from scipy.signal import welch

from common import data, example, table

WINDOWS = 8
EXACT = ["rmssd", "sdnn", "pnn50", "hti", "sd1", "sd2", "sample_entropy"]
BANDS = {"vlf": (0.0033, 0.04), "lf": (0.04, 0.15), "hf": (0.15, 0.4)}


def series() -> dict[str, np.ndarray]:
    """RR intervals in ms, by the name of their file."""
    folder = data() / "heart"
    found = {}
    for path in sorted(folder.glob("rr_series/*.gz")) + sorted(folder.glob("small/*.txt")):
        raw = gzip.open(path).read() if path.suffix == ".gz" else path.read_bytes()
        found[path.name] = numbers(raw.split())
    for path in sorted(folder.glob("small/*.hrm")):
        found[path.name] = numbers(path.read_bytes().split(b"[HRData]")[1].split())
    with gzip.open(folder / "polar_h10.csv.gz", "rt") as file:
        found["polar_h10.csv.gz"] = numbers(row.rsplit(",", 1)[1].encode() for row in file)
    return found


def numbers(fields) -> np.ndarray:
    values = []
    for field in fields:
        try:
            values.append(float(field))
        except ValueError:
            continue
    values = np.array(values)
    # Of series in seconds the first value may be an offset.
    return values if np.median(values) > 20 else values * 1000


def windows(rr: np.ndarray, seconds: float, count: int) -> list[np.ndarray]:
    """Up to `count` stretches of so many seconds, evenly over the series, without an implausible interval."""
    plausible = (rr > 300) & (rr < 2000)
    times = np.cumsum(np.where(plausible, rr, 0)) / 1000
    found = []
    for start in np.linspace(0, max(times[-1] - seconds, 0), count, endpoint=False):
        first = np.searchsorted(times, start)
        while True:
            last = np.searchsorted(times, times[first] + seconds)
            odd = np.flatnonzero(~plausible[first:last])
            if not len(odd):
                break
            first += odd[-1] + 1
            if first >= len(rr):
                break
        stretch = rr[first:last]
        if stretch.sum() > 0.95 * seconds * 1000 and not any(np.array_equal(stretch, other) for other in found):
            found.append(stretch)
    return found


def with_neurokit(rr: np.ndarray) -> dict[str, float]:
    """Its numbers, from the intervals themselves: as peaks at 1000 Hz they would be rounded to 1 ms."""
    given = {"RRI": rr, "RRI_Time": np.cumsum(rr) / 1000}
    of_time = nk.hrv_time(given)
    poincare = _hrv_nonlinear_poincare(rr, out={})
    entropy, _ = nk.entropy_sample(rr, delay=1, dimension=2, tolerance=0.2 * np.std(rr, ddof=1))
    power = nk.hrv_frequency(given, normalize=False, silent=True)
    return {
        "rmssd": of_time["HRV_RMSSD"][0],
        "sdnn": of_time["HRV_SDNN"][0],
        "pnn50": of_time["HRV_pNN50"][0],
        "hti": of_time["HRV_HTI"][0],
        "sd1": poincare["SD1"],
        "sd2": poincare["SD2"],
        "sample_entropy": entropy,
        "lf": power["HRV_LF"][0],
        "hf": power["HRV_HF"][0],
    }


def with_scipy(rr: np.ndarray) -> dict[str, float]:
    """The recipe of `frequency_domain` in SciPy's words, and Baevsky's index in NumPy's."""
    times = np.cumsum(rr) / 1000
    samples = int(np.floor((times[-1] - times[0]) * 4)) + 1
    x = CubicSpline(times, rr, bc_type="natural")(times[0] + np.arange(samples) / 4)
    n = 2 * (samples // 4)
    hertz, density = welch(
        x - x.mean(), fs=4, window="hann", nperseg=n, noverlap=n // 2, nfft=2 * n, detrend=False
    )
    powers = {}
    for name, (low, high) in BANDS.items():
        inside = (hertz >= low) & (hertz < high)
        powers[name] = np.trapezoid(density[inside], hertz[inside])
    counts = np.bincount((rr // 50).astype(int))
    mode = (np.argmax(counts) + 0.5) * 0.05
    return {
        **powers,
        "lf_nu": 100 * powers["lf"] / (powers["lf"] + powers["hf"]),
        "hf_nu": 100 * powers["hf"] / (powers["lf"] + powers["hf"]),
        "stress_index": 100 * counts.max() / len(rr) / (2 * mode * np.ptp(rr) / 1000),
    }


def three_segments(rr: np.ndarray) -> bool:
    """Whether NeuroKit2's default cuts its series of 100 Hz into three segments, as ours always does."""
    times = np.cumsum(rr) / 1000
    count = len(np.arange(times[0], times[-1] + 0.01, 0.01))
    length = count // 2
    return (count - length // 2) // (length - length // 2) == 3


def places_of_artefacts(rr: np.ndarray) -> set[int]:
    """Intervals that NeuroKit2's implementation of Lipponen and Tarvainen (2019) calls artefacts."""
    peaks = np.concatenate([[0], np.cumsum(np.round(rr))]).astype(int)
    found, _ = nk.signal_fixpeaks(peaks, sampling_rate=1000, iterative=False, method="Kubios")
    return {int(i) - 1 for kind in ("ectopic", "missed", "extra", "longshort") for i in found[kind] if i > 0}


def golden() -> None:
    """The numbers of a series of whole milliseconds that Rust can make as well."""
    state, rr = 1, []
    for i in range(400):
        state = (state * 1664525 + 1013904223) % 2**32
        breath, drift = abs(i % 6 - 3), abs(i % 140 - 70)
        rr.append(float(760 + 25 * breath + drift + state % 2**24 // 2**19))
    rr = np.array(rr)
    theirs = with_neurokit(rr)
    for key, value in [*((key, theirs[key]) for key in EXACT), *with_scipy(rr).items()]:
        print(f"{key} {float(value)!r}")


def main() -> None:
    warnings.filterwarnings("ignore")
    if "--golden" in sys.argv:
        return golden()
    pieces = {}
    for name, rr in series().items():
        for index, stretch in enumerate(windows(rr, 300, WINDOWS)):
            pieces[f"{name} 300 s {index}"] = stretch
        for stretch in windows(rr, 3600, 1):
            pieces[f"{name} 3600 s"] = stretch
    lines = [f"{name}," + ",".join(repr(float(v)) for v in rr) for name, rr in pieces.items()]
    ours = {row["name"]: row for row in example("heart_features", lines)}
    example("heart_features", lines)  # warm, for the figure of speed
    errors: dict[tuple[str, str], list[float]] = {}
    marked = [0, 0, 0, 0]
    seconds = {"neurokit": [], "ours": []}
    for name, rr in pieces.items():
        own = {key: float(value) for key, value in ours[name].items() if key not in ("name", "artefacts") and value}
        started = time.perf_counter()
        theirs = with_neurokit(rr)
        if "3600" in name:
            seconds["neurokit"].append(time.perf_counter() - started)
            seconds["ours"].append(own["micros"] / 1e6)
        for key in EXACT:
            note(errors, key, "NeuroKit2", own.get(key), theirs[key])
        if three_segments(rr):
            for key in ("lf", "hf"):
                note(errors, key, "NeuroKit2, its default", own.get(key), theirs[key])
        for key, value in with_scipy(rr).items():
            note(errors, key, "SciPy, same recipe", own.get(key), value)
        count_artefacts(marked, set(map(int, ours[name]["artefacts"].split())), places_of_artefacts(rr), len(rr))
    print(f"{len({name.split(' ')[0] for name in pieces})} series, {len(pieces)} windows\n")
    table(
        ["feature", "against", "windows", "median relative error", "largest"],
        [
            [key, tool, str(len(found)), f"{np.median(found):.1e}", f"{np.max(found):.1e}"]
            for (key, tool), found in errors.items()
        ],
    )
    both, mine, other, neither = marked
    print(f"artefacts: {both} marked by both, {mine} by us alone, {other} by NeuroKit2 alone, {neither} by neither")
    kappa = cohen(both, mine, other, neither)
    print(f"agreement: {(both + neither) / sum(marked):.5f}, Cohen's kappa {kappa:.3f}")
    slow, fast = np.median(seconds["neurokit"]), np.median(seconds["ours"])
    print(f"an hour of RR: {fast * 1e3:.2f} ms, NeuroKit2 {slow * 1e3:.0f} ms for the same measures: {slow / fast:.0f}x")


def note(errors: dict, key: str, tool: str, own: float | None, theirs: float) -> None:
    """A missing value on one side only is an error of 1."""
    known = np.isfinite(theirs) and theirs != 0
    if own is None or not known:
        error = float((own not in (None, 0.0)) == known and own != theirs or own is None and known)
    else:
        error = abs(own / theirs - 1)
    errors.setdefault((key, tool), []).append(error)


def count_artefacts(marked: list[int], mine: set[int], theirs: set[int], count: int) -> None:
    for total, found in enumerate((mine & theirs, mine - theirs, theirs - mine)):
        marked[total] += len(found)
    marked[3] += count - len(mine | theirs)


def cohen(both: int, mine: int, other: int, neither: int) -> float:
    count = both + mine + other + neither
    chance = ((both + mine) * (both + other) + (neither + mine) * (neither + other)) / count**2
    return ((both + neither) / count - chance) / (1 - chance)


if __name__ == "__main__":
    main()
