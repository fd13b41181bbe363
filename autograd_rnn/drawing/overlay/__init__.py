"""What the numbers say, laid over a picture of any level."""
