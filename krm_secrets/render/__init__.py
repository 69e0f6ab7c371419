"""Rendering into a tree: what mappings make becomes files beside them, and workloads are wired in their own files."""
