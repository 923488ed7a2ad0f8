"""Faces in a 320x240 gray frame: boxes and five points."""
