"""What a trained network is worth: evaluation, calibration, scores of classes, and predictions for new pictures."""
