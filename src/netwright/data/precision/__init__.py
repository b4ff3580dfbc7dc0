"""Numbers that float32 is too coarse for."""
