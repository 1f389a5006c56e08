"""What the guide's networks reach on real data, in how long, and what pre-training is worth."""
