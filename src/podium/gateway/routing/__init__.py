"""Which targets of a route a question goes to, in which order, and why.

options      the strategies as the operator writes them, with their defaults
question     what is known of a call before it is sent
choice       targets in order with the reason, and what a cascade asks of an answer
constraints  which targets a question may go to at all
fleet        how the targets do just now: in flight, speed, errors
strategies   priority, weighted, round_robin, least_busy, lowest_latency, lowest_cost
sessions     the target at which a session stays
router       all of it for one question
"""
