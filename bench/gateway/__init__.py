"""`make bench-gateway`: podium's gateway beside others, each on one core, over a fast upstream.

upstream.c   the provider that all of them call
gateways     who takes part, and how each is started
embedded     TensorZero, which is a library here: its calls are made in its own process
load         wrk, a probe of first chunks, and what processes take of a processor
run          the rounds
page         the tables of the README
parts        `make bench-gateway-parts`: where the microseconds of a request go
"""
