"""A cluster of processes on loopback: the shared one, with names that resolve, a provider, and a client for its API."""
