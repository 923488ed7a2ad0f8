"""Stress from heart, wrist motion and skin, relative to the person's own past."""
