"""What the whole way comes to on a real API server, with the real operators behind it."""
