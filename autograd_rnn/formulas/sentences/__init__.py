"""The words around equations: which of them leave an equation as it is, and which are not known to."""
