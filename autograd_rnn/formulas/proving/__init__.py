"""Proofs: the tape in components by sympy, the equations to fifty digits and modulo a prime, and one gradient by three routes."""
