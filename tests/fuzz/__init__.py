"""Inputs that nobody thought of: golden inputs, changed at random, for as long as one likes.

Ten seconds a fuzzer in `.ci/run`, longer with KRM_SECRETS_FUZZ_SECONDS; `docs/explanation/testing.md` has more. What
they find is kept as the smallest input in a test of its own.
"""
