"""The block level: a circle a state; and the loop that it is folded into."""
