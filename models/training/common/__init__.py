"""Helpers that every network's training shares."""
