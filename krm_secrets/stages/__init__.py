"""The three stages: each takes the items and a Context and gives the items back."""
