"""The formats of whole SOPS files: bytes to a tree and its metadata, and a tree to the bytes that sops prints.

Each format is a module with `load(data) -> (Tree, metadata)` and `emit(tree) -> bytes`; `formats` says which is meant.
Source: getsops/sops 3.13, `stores/`, read and run.
"""
