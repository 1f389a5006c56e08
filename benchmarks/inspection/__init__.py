"""What our summaries answer and how fast, beside the other tools: `python -m benchmarks.inspection`."""
