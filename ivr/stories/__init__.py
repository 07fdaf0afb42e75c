"""What is said to whom. One conversation a file, read downwards; no SQL, no AGI words, no configuration lookups."""
