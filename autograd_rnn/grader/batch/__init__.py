"""A whole class: whose submission is whose, a journal that survives an interruption, and what the class got wrong."""
