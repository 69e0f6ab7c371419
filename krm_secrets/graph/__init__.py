"""The way of every secret as nodes and edges, and the forms in which that is drawn."""
