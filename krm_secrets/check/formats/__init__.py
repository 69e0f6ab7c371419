"""How findings are written: a module for each format."""
