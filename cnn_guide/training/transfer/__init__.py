"""Transfer learning: start from trained weights, freeze parts, replace the head, thaw gradually."""
