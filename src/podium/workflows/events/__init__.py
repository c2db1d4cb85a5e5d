"""Events: what is published, who waits for it, and how the two meet.

`cloudevents` are the values, `filters` say which events somebody wants, `gathering` says how many
of them; `subscriptions` is the book of who waits, `bus` takes events in and hands them on.
"""
