"""What happened: spans with the OpenTelemetry GenAI names, and what is computed from them."""
