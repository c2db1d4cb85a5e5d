"""Benchmarks: podium and its peers on the same work, side by side.

run         `python -m bench.run`: rounds over all peers, the page, the plot
peers       who takes part, in which environment, with which options
processes   a driver in a process of its own; what it and its children use of the machine
figures     medians, ratios, goals
page        the tables of README.md
plot        workflows.svg
drivers     a file for each peer; `driving` is what they share: the contract and the measuring
"""
