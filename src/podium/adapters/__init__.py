"""The edges that act: HTTP, storage, processes, clocks, telemetry."""
