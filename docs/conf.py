"""The site that is made of the pages in this folder: `python -m sphinx -W docs OUT`. Every warning is an error.

The pages are plain Markdown, so that they can be read where the repository is. Links to what is no page, such as an
example, become downloads of the site; links, anchors and pictures that lead nowhere are warnings.
"""

from __future__ import annotations

project = "krm-secrets"
author = "the authors of krm-secrets"
extensions = ["myst_parser"]
root_doc = "index"
exclude_patterns = ["README.md"]  # the index includes it
myst_heading_anchors = 4
html_theme = "furo"
html_title = "krm-secrets"
html_show_sphinx = False
html_copy_source = False
nitpicky = True
