"""What the ears understand of recorded clips, how fast, and how often they hear an emergency that is none."""
