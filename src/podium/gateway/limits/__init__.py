"""How much callers may use: requests, tokens, requests at once, and money.

rules      whom a limit is for, and which limits hold for one caller and model
ports      what the limits need from outside: the counters that processes share, and what was spent
counters   the two kinds of counter, wherever they are kept
memory     counters of this process alone
meters     the part of a counter that this process may use without asking
grants     the leave to make one call, and what it took in the end
plans      the meters that one caller's calls to one model must pass
spending   what was spent, on its way to the store
limiter    the use cases: may this call go on, and what has been spent
replies    what callers are told: headers, refusals, warnings
"""
