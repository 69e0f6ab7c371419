"""How findings are written: a module for each format, each a function from a report to text."""
