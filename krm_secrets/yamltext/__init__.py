"""YAML as text: structure and spans from parse events, edits by splicing, every other byte left as it came.

`parse` gives documents of nodes, `load` turns a node into data, `splice` changes text with what `lines` and `copies`
know, `emit` writes new text, `scalars` holds go-yaml's rules for what a plain scalar means. Nothing here knows of
Kubernetes.
"""
