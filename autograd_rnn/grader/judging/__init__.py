"""What a right answer is, and what came back held against it."""
