"""The mistakes that people make in these formulas, and the search for the one that was made."""
