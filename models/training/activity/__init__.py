"""What a person's body does, from accelerometer and gyroscope at the waist, pocket or wrist."""
