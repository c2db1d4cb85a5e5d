"""The HTTP/1.1 client of the gateway's request path: what a provider is asked, and little else.

target      where a request goes, and the bytes of its head that never change
exchange    what comes back: parsed strictly, bounded, waited for within deadlines
connection  one exchange at a time over one connection
deadline    one timer for all the deadlines of a connection
pool        the connections to one origin: used again, counted, waited for in order
dial        new connections: guarded after DNS, IPv6 and IPv4 side by side, TLS verified
response    responses, whole or piece by piece
encoding    content codings that nobody asked for
client      requests
"""
