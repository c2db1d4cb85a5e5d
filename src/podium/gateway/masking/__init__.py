"""Masking at the door to models: a guard that hides data on the way out and puts it back.

guard       the guard, and what it does with one call
quick       a look at the bytes of a request for keys in clear, when nothing else is asked for
filtering   the texts of one answer as they come: what is held back, hidden and put back
ports       what it needs from the wire formats: the texts in a stream
"""
