"""One door to every model: names resolve to targets, calls are tried, priced and recorded.

models      the values: Provider, Model, Route, Usage, CallRecord
catalogue   which names there are and where each leads
requests    what a caller asks and what it gets, in the words of its own protocol
forms       forms with files, read in place
guards      before the model, after it and inside streams: what governance plugs into
masking     the guard that hides data from models and puts it back
turnstile   how many calls at once, fair turns, and who is sent away
ports       what the room needs from outside: Upstream, Recorder, Prices, Sleep
errors      what an upstream can answer instead of a result, and what the caller is told
policy      when to try again, when to go to the next target, when to give up
breaker     a failing target is left alone; one probe at a time finds out whether it is back
routing     which targets of a route a question goes to, in which order, and why
dispatch    one call over its targets, by those rules
usage       tokens out of a response, or an estimate where the upstream reports none
pricing     list prices as a flat table, cost in whole nano-dollars
ledger      what is known of a call while it runs, and the record made of it
stream      a streamed answer with its record at the end
service     the use cases: answer, open, chat, embed, models
"""
