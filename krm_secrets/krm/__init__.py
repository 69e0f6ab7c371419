"""The wire format: ResourceLists, streams and files of Kubernetes objects. It knows nothing of secrets."""
