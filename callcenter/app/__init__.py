"""The only builder: decides what stands behind each port, starts it, stops it."""
