"""What people write: sentiment, emotion and stress of a message in English."""
