"""Numbers over a count, as lines under one another: gradient flow."""
