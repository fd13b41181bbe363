"""Which mistake explains the numbers that came back: the derived recursion, rewritten by the mistakes that people make."""
