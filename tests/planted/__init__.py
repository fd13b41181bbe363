"""Right submissions in several styles, and the mistakes that are planted in them."""
