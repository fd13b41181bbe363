"""Floor 2: expressions, how they are written, and the reading of a tape as expressions. Needs the engine only."""
