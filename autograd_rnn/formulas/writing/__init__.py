"""What people write in a line, read into the one plain spelling: LaTeX, unicode, indices, names with all that hangs on them."""
