"""Who uses which Secret, and what makes it restart."""
