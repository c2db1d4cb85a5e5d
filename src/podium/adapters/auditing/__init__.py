"""What the audit trail needs besides its tables: keys in files, places that keep checkpoints."""
