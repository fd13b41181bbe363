"""A person's formula held against the derivation: read, typed, compared exactly, and, if it is wrong, explained."""
