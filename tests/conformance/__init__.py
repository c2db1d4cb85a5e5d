"""The specification's own conformance kit, against a whole podium on SQLite."""
