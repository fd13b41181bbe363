"""What one may ask at a step: why, which paths, is this right, check these numbers, test me."""
