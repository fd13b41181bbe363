"""Weight conventions of other libraries and courses."""
