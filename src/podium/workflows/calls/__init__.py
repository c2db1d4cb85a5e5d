"""The protocols that a `call` may speak: what arguments mean on the wire, what answers mean."""
