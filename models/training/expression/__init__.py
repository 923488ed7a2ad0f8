"""Expression of a face crop: two labellings, valence and arousal."""
