"""Workflow documents: reading them, our schema of the language, the linter, the result."""
