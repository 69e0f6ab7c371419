"""YAML as text: structure and spans from parse events, edits by splicing, every other byte left as it came.

`load` reads documents of nodes and turns a node into data, `splice` changes text with what `lines` and `edits`
know, `emit` writes new text, `scalars` holds go-yaml's rules for what a plain scalar means. Nothing here knows of
Kubernetes.
"""
