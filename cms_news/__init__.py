"""The headless newsroom for Django: front-matter files in, safe articles out."""

__version__ = "0.1.0"
