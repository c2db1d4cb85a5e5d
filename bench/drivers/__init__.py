"""One file for each peer. Started as `python -m bench.drivers.NAME`; speaks JSON lines.

The first line in says where to store; each later line names a scenario. Each line is answered by
one line with figures, or with the reason why there are none. At the end of the input a driver
closes what it opened.
"""
