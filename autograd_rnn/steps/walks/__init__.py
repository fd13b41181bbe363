"""The levels of a walk: each a list of steps, read off the tape's own sweep."""
