"""A text read as typed equations in the language of the derived ones: names looked up, times read, shapes checked in letters."""
