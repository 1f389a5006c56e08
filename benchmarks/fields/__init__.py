"""What a wider receptive field is worth, and what training does to the part of it that counts: several seeds."""
