"""SOPS's file format with age keys: metadata, selection rules, values, MAC. It knows nothing of Kubernetes.

Source of the format: getsops/sops 3.13, read and run; what it leaves open is decided in `docs/decisions/`.
"""
