"""What a network loses when the pictures are shifted, or their pixels shuffled: several seeds of each."""
