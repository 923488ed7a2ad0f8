"""How a voice sounds: eight acted emotions, and arousal."""
