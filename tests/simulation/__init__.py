"""The engine and the interpreter under every kind of trouble, in simulated time, by seed."""
