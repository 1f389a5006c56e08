"""What an epoch of training takes with ours and with others: `python -m benchmarks.training`."""
