"""The top floor: the commands of `cli`, their options and what they do."""
