"""A submission runs in a process of its own, which can compute and nothing else."""
