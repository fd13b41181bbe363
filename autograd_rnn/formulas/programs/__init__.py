"""Backward passes as programs: put into plain loops that are read as equations, and run on numbers by an interpreter of their own."""
