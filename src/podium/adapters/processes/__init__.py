"""Programs that workflows start: in a sandbox of their own, or in a container.

podium talks to `launcher`, a small process that imports nothing but the standard library and the
files here that say so; it builds the walls and starts the program behind them.
"""
