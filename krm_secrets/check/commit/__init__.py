"""What may be committed: which files are looked at, what is wrong in one, and which values are secrets."""
