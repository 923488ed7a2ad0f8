"""Promises of the shared arithmetic. Run with `python -m unittest`."""

import tomllib
import unittest

import numpy as np
import pandas as pd
import torch

from activity.spectrum import BANDS, FLOOR, FRAMES, ShortSpectrum
from common import boxes, scores
from common.align import inverse, similarity
from common.fourier import fourier, hann
from common.splits import held_out, person_of
from detector.geometry import mirror_faces, move_faces, movement
from detector.loss import Assignment
from detector.network import cells
from landmarks.data import MIRRORED
from manifest import toml
from stress import levels, windows
from voice.low import LowSpectrum
from voice.mel import LogMel
from voice_affect.baseline import other_half, usual


def row(score, *box):
    return [score, *box] + [0.0] * 10


class Boxes(unittest.TestCase):
    def test_suppression_keeps_the_best_of_each_heap(self):
        rows = np.array([row(0.6, 0, 0, 10, 10), row(0.9, 1, 0, 11, 10), row(0.7, 50, 50, 60, 60)])
        np.testing.assert_allclose(boxes.suppress(rows, 0.5, 0.35)[:, 0], [0.9, 0.7], rtol=1e-6)

    def test_overlap_of_a_box_with_itself_is_one_and_with_a_far_one_zero(self):
        pair = np.array([[0, 0, 4, 4], [10, 10, 12, 12.0]])
        np.testing.assert_allclose(boxes.overlap(pair, pair), np.eye(2))


class Geometry(unittest.TestCase):
    def test_a_similarity_is_recovered_from_moved_points(self):
        source = np.array([[0, 0], [4, 1], [2, 5.0]])
        matrix = movement(20, 1.7, np.array([1, 2]), np.array([30, 40]))
        target = source @ matrix[:, :2].T + matrix[:, 2]
        np.testing.assert_allclose(similarity(source, target), matrix, atol=1e-9)
        back = inverse(matrix)
        np.testing.assert_allclose(target @ back[:, :2].T + back[:, 2], source, atol=1e-9)

    def test_mirroring_twice_changes_nothing(self):
        face = np.array([[10, 10, 30, 34, 14, 18, 25, 18, 20, 24, 15, 29, 24, 29.0]], np.float32)
        np.testing.assert_allclose(mirror_faces(mirror_faces(face, 320), 320), face)
        np.testing.assert_array_equal(MIRRORED[MIRRORED], np.arange(68))

    def test_a_moved_face_keeps_its_points_inside_its_box(self):
        face = np.array([[10, 10, 30, 34, 14, 18, 25, 18, 20, 24, 15, 29, 24, 29.0]], np.float32)
        moved = move_faces(face, movement(15, 2.0, np.array([20, 22]), np.array([160, 120])))[0]
        points = moved[4:].reshape(5, 2)
        self.assertTrue(np.all((points > moved[:2]) & (points < moved[2:4])))


class Detector(unittest.TestCase):
    """A teacher that sees boxes of four strides about every cell, and is sure of none but those it is told to be."""

    def setUp(self):
        self.corners, self.strides = cells()
        half = 2 * self.strides[:, None]
        boxes = torch.cat([self.corners - half, self.corners + half], 1)
        self.said = torch.cat([torch.full((len(boxes), 1), 0.01), boxes, torch.zeros(len(boxes), 10)], 1).numpy()
        self.assign = Assignment(self.corners, self.strides)
        self.nothing = np.zeros((0, 4), np.float32)

    def test_every_face_from_nine_pixels_on_has_a_cell_that_answers_for_it(self):
        random = np.random.default_rng(0)
        for side in np.geomspace(9, 230, 60):
            x, y = random.uniform(side / 2, [320 - side / 2, max(240 - side / 2, side / 2 + 1)])
            face = np.full((1, 14), np.nan, np.float32)
            face[0, :4] = [x - side / 2, y - side / 2, x + side / 2, y + side / 2]
            answers, _, counts = self.assign(self.said, face, self.nothing)
            self.assertTrue((answers == 0).any() and counts.all(), side)

    def test_what_the_teacher_takes_for_a_face_where_there_is_none_is_to_be_unlearnt(self):
        face = np.full((1, 14), np.nan, np.float32)
        right, wrong = 500, 900
        self.said[[right, wrong], 0] = 0.9
        face[0, :4] = self.said[right, 1:5]
        answers, scores, counts = self.assign(self.said, face, self.nothing)
        self.assertEqual((answers[right], answers[wrong], scores[wrong]), (0, -1, 0))
        self.assertTrue(counts[wrong])
        _, _, counts = self.assign(self.said, face, self.said[wrong : wrong + 1, 1:5])
        self.assertFalse(counts[wrong])


class Scores(unittest.TestCase):
    def test_the_interval_holds_the_value_and_resamples_groups(self):
        truth = np.arange(200) % 2
        chosen = np.where(np.arange(200) < 150, truth, 1 - truth)
        result = scores.interval(scores.accuracy, truth, chosen, groups=np.arange(200) // 20)
        self.assertEqual(result["value"], 0.75)
        self.assertTrue(result["low"] < 0.75 < result["high"])

    def test_a_calibrated_forecast_has_little_calibration_error(self):
        random = np.random.default_rng(0)
        sure = random.uniform(0.5, 1, 20000)
        truth = (random.random(20000) > sure).astype(int)
        self.assertLess(scores.calibration_error(truth, np.stack([sure, 1 - sure], 1)), 0.02)


class Splits(unittest.TestCase):
    def test_one_person_has_one_name_in_every_data_set(self):
        self.assertEqual(person_of("tr_Luis_Fonsi_21.jpg"), person_of("Luis_Fonsi_0003.jpg"))

    def test_about_a_tenth_is_held_out(self):
        share = np.mean([held_out(f"person {i}") for i in range(5000)])
        self.assertAlmostEqual(share, 0.1, delta=0.02)


class Front(unittest.TestCase):
    def test_the_rows_give_numpy_s_transform_of_what_is_tapered_to_unit_energy(self):
        taper, noise = hann(64), np.random.default_rng(0).standard_normal(64)
        real, imaginary = np.split(fourier(range(3, 20), taper) @ noise, 2)
        expected = np.fft.rfft(noise * taper)[3:20] / np.linalg.norm(taper)
        np.testing.assert_allclose(real + 1j * imaginary, expected, atol=1e-12)

    def test_a_tone_is_loudest_in_the_band_that_holds_it(self):
        mel = LogMel(320, 160, 32)
        time = torch.arange(8000) / 16000
        spectrum = mel(torch.sin(2 * np.pi * 1000 * time)[None, None])[0]
        self.assertEqual(spectrum.shape, (32, 49))
        self.assertIn(int(spectrum.mean(1).argmax()), range(8, 14))

    def test_a_harmonic_stands_in_its_own_bin_of_the_low_spectrum(self):
        time = torch.arange(16000) / 16000
        spectrum = LowSpectrum(1024, 320, 64)(torch.sin(2 * np.pi * 250 * time)[None, None])[0]
        self.assertEqual(tuple(spectrum.shape), (64, 47))
        # 250 Hz is 16 steps of 15.625 Hz, counted from the third.
        self.assertTrue((spectrum.argmax(0) == 14).all())

    def test_the_bands_of_a_sway_sum_to_its_variance_and_what_rests_shows_only_its_mean(self):
        time = torch.arange(128) / 50
        sway = 0.5 + 0.01 * np.sqrt(2) * torch.sin(2 * np.pi * 3.125 * time)
        spectrum = ShortSpectrum()(torch.stack([sway, torch.full((128,), 0.5)])[None])[0].reshape(2, BANDS + 1, FRAMES)
        power = FLOOR * torch.expm1(spectrum[:, :BANDS]).sum(1)
        np.testing.assert_allclose(power[0], 1e-4, rtol=0.01)
        np.testing.assert_allclose(power[1], 0, atol=1e-9)
        np.testing.assert_allclose(spectrum[1, BANDS], 0.5, rtol=1e-5)


class Manifest(unittest.TestCase):
    def test_values_come_back_from_toml_as_they_were(self):
        value = {"name": "image", "shape": [1, 240], "scale": 0.5, "labels": ["a", "b"], "flag": True}
        self.assertEqual(tomllib.loads(f"x = {toml(value)}")["x"], value)


class SpeakerBaseline(unittest.TestCase):
    def test_no_clip_is_a_part_of_its_own_baseline(self):
        speaker = np.array(["a"] * 6 + ["b"] * 5)
        pairs = other_half(speaker)
        for known, judged in pairs:
            self.assertFalse(set(known) & set(judged))
            self.assertEqual(len(set(speaker[known]) | set(speaker[judged])), 1)
        # Of b's five clips only the half of three is a baseline.
        self.assertEqual([list(judged) for _, judged in pairs], [[1, 3, 5], [0, 2, 4], [7, 9]])

    def test_mean_and_spread_are_those_of_the_past(self):
        features = torch.tensor([[1.0], [2.0], [6.0], [9.0]])
        mean, spread = usual(features, [(np.array([0, 1, 2]), np.array([3]))])
        self.assertTrue(torch.isnan(mean[:3]).all())
        self.assertAlmostEqual(float(mean[3]), 3.0)
        self.assertAlmostEqual(float(spread[3]) ** 2, 14 / 3, places=3)


class StressWindows(unittest.TestCase):
    def test_a_deviation_is_from_the_windows_that_ended_before(self):
        values = pd.Series(np.random.default_rng(0).normal(70, 5, 100))
        past = windows.deviations(values, least=0.1)
        self.assertEqual(past.first_valid_index(), windows.LEAST_PAST + 5)
        known = values[:55]
        self.assertAlmostEqual(past[60], (values[60] - known.mean()) / known.std(ddof=0))
        later = values.where(values.index < 55, 200.0)
        pd.testing.assert_series_equal(windows.deviations(later, least=0.1)[:55], past[:55])

    def test_the_least_spread_holds_and_what_is_unknown_stays_so(self):
        values = pd.Series([70.0] * 99 + [np.nan, 76.0])
        deviations = windows.deviations(values, least=6.0)
        self.assertTrue(np.isnan(deviations[99]))
        self.assertAlmostEqual(deviations[100], 1.0)

    def test_the_centroid_of_a_shaking_wrist_is_its_frequency(self):
        time = np.arange(60 * 32) / 32
        shaking = np.stack([0.1 * np.sin(2 * np.pi * 4 * time), 0 * time, 1 + 0 * time], 1)
        self.assertAlmostEqual(levels.motion_levels(shaking)["motion_centroid"], 4.0, places=1)

    def test_skin_that_rises_steadily_has_its_slope_and_one_rise(self):
        rising = np.linspace(1.0, 2.0, 240)
        found = levels.skin_levels(rising)
        self.assertAlmostEqual(found["ln_skin_rises"], 0.0, delta=0.02)
        self.assertTrue(0.55 < found["skin_slope"] < 0.8)
        self.assertLess(levels.skin_levels(rising[::-1])["skin_slope"], 0)


if __name__ == "__main__":
    unittest.main()
