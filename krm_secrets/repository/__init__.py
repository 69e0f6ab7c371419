"""A repository of manifests as Git, kustomize and Flux see it: its files, its builds, and how its files change."""
