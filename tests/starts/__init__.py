"""Five starts, and what each of them imports: the lists beside this file, which `python -m tests.starts` writes anew.

A start with one more module is a slower one for everybody, so that a list is changed on purpose.
"""
