"""The cell level: the inside of each step's cell, as textbooks draw it."""
