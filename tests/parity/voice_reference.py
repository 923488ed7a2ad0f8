"""What Praat, openSMILE and librosa say of a clip, on our hops of 10 ms: entry k is the frame centred on k * 10 ms."""

import numpy as np
import opensmile
import parselmouth
from parselmouth.praat import call

from voice_clips import HOP, OVER_F0, RATE

# Centres of openSMILE's frames: row i is centred on this many hops after its start.
LONG, SHORT = 3, 1
SPECTRAL = {
    "loudness": "Loudness_sma3",
    "alpha_ratio": "alphaRatio_sma3",
    "hammarberg_index": "hammarbergIndex_sma3",
    "spectral_slope_0_500": "slope0-500_sma3",
    "spectral_slope_500_1500": "slope500-1500_sma3",
    "spectral_flux": "spectralFlux_sma3",
    "mfcc1": "mfcc1_sma3", "mfcc2": "mfcc2_sma3", "mfcc3": "mfcc3_sma3", "mfcc4": "mfcc4_sma3",
}
# eGeMAPS gives these over voiced frames only.
OVER_VOICED = {"alpha_ratio", "hammarberg_index", "spectral_slope_0_500", "spectral_slope_500_1500"}
FORMANTS = 3
CEILING = 5500.0


def hops(samples: np.ndarray) -> int:
    return len(samples) // HOP + 1


def on_hops(count: int, first: int, values: np.ndarray) -> np.ndarray:
    """NaN where the tool has no frame."""
    line = np.full(count, np.nan)
    values = values[: max(0, count - first)]
    line[first : first + len(values)] = values
    return line


def smile_extractor(level: str) -> opensmile.Smile:
    return opensmile.Smile(opensmile.FeatureSet.eGeMAPSv02, getattr(opensmile.FeatureLevel, level))


def smile(samples: np.ndarray, extractor: opensmile.Smile) -> dict:
    table = extractor.process_signal(samples.astype(np.float32), RATE)
    count = hops(samples)
    semitones = on_hops(count, LONG, table["F0semitoneFrom27.5Hz_sma3nz"].to_numpy())
    lines = {name: on_hops(count, SHORT, table[column].to_numpy()) for name, column in SPECTRAL.items()}
    lines["f0"] = np.where(semitones > 0, 27.5 * 2 ** (semitones / 12), np.where(np.isnan(semitones), np.nan, 0.0))
    return lines


def praat_pitch(samples: np.ndarray) -> parselmouth.Data:
    whole = samples[: len(samples) // HOP * HOP + OVER_F0]
    return parselmouth.Sound(whole, RATE).to_pitch_ac(
        time_step=0.01, pitch_floor=75.0, max_number_of_candidates=15, very_accurate=False, silence_threshold=0.03,
        voicing_threshold=0.45, octave_cost=0.01, octave_jump_cost=0.35, voiced_unvoiced_cost=0.14, pitch_ceiling=600.0,
    )


def praat_f0(samples: np.ndarray) -> np.ndarray:
    pitch = praat_pitch(samples)
    first = round(pitch.xs()[0] * 100)
    assert abs(pitch.xs()[0] * 100 - first) < 0.01, "Praat's frames stand on our hops"
    return on_hops(hops(samples), first, pitch.selected_array["frequency"])


def praat(samples: np.ndarray) -> dict:
    sound = parselmouth.Sound(samples[: len(samples) // HOP * HOP + OVER_F0], RATE)
    pitch = praat_pitch(samples)
    lines = {"f0": praat_f0(samples)}
    pulses = call([sound, pitch], "To PointProcess (cc)")
    lines["jitter_local"] = call(pulses, "Get jitter (local)", 0, 0, 0.0001, 0.02, 1.3)
    lines["shimmer_local_db"] = call([sound, pulses], "Get shimmer (local_dB)", 0, 0, 0.0001, 0.02, 1.3, 1.6)
    lines["pulses"] = np.array([call(pulses, "Get time from index", i + 1) for i in range(call(pulses, "Get number of points"))])
    harmonicity = sound.to_harmonicity_cc(time_step=0.01, minimum_pitch=75.0, silence_threshold=0.1, periods_per_window=1.0)
    lines["hnr"] = call(harmonicity, "Get mean", 0, 0)
    harmonicity = sound.to_harmonicity_ac(time_step=0.01, minimum_pitch=75.0, silence_threshold=0.1, periods_per_window=4.5)
    lines["hnr_ac"] = call(harmonicity, "Get mean", 0, 0)
    formant = parselmouth.Sound(samples, RATE).to_formant_burg(
        time_step=0.01, max_number_of_formants=5.0, maximum_formant=CEILING, window_length=0.025, pre_emphasis_from=50.0,
    )
    times = np.arange(hops(samples)) * 0.01
    for n in range(1, FORMANTS + 1):
        lines[f"f{n}"] = np.array([formant.get_value_at_time(n, t) for t in times])
        lines[f"b{n}"] = np.array([formant.get_bandwidth_at_time(n, t) for t in times])
    return lines
