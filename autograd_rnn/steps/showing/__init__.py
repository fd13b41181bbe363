"""How a walk is shown: at a prompt, in a notebook, as a page or a handout."""
