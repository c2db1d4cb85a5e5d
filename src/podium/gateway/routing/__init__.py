"""Which targets of a route a question goes to, in which order, and why.

options      the strategies as the operator writes them, with their defaults
question     what is known of a call before it is sent
choice       targets in order with the reason, and what a cascade asks of an answer
constraints  which targets a question may go to at all
fleet        how the targets do just now: in flight, speed, errors
strategies   priority, weighted, round_robin, least_busy, lowest_latency, lowest_cost
cascade      cheap first; an answer that fails a test sends the question on
answers      what those tests see, out of a body
rules        by_rule: jq over the facts of a question
features     what the text of a question looks like
estimator    what an answer is expected to be worth, by target
complexity   by_complexity: the target that is worth its cost
examples     scored answers out of a file
training     an estimator out of a file of scored answers
quality      quality_floor: measured quality by kind of question
sessions     the target at which a session stays
memory       what was learned, as JSON
router       all of it for one question
"""
