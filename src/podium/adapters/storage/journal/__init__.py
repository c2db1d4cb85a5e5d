"""The journal of runs: what the engine records, all that happens at once in one transaction."""
