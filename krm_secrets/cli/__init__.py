"""Commands for people and CI, a small module each."""
