"""Workflows: documents, expressions, the interpreter, and runs."""
