"""How a figure becomes a file: looks, DOT, TikZ, SVG."""
