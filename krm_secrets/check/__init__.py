"""Mistakes in the way of every Secret: rules over the model, and what they find."""
