"""The durable engine: it executes runs, and what they have done once is never done again.

`journal` is where everything is recorded, `writer` commits for many runs at once, `live` is one
run in this process, `engine` decides which runs those are.
"""
