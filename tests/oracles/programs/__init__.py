"""Random programs, run by the engine and by PyTorch: see `program`, and `rows` for what they are made of."""
