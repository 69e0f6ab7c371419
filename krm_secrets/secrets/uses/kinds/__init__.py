"""Kinds that name Secrets, table by table: one module for each trade."""
