"""A sharp renderer of a run's codes, trained against a discriminator; the encoder is frozen."""
