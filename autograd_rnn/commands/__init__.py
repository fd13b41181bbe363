"""Floor 5: the commands of `cli`, their options and what they do."""
