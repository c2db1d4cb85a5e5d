"""The one HTTP client of podium.

errors    what a request can end with: all in the kernel's tree
egress    where requests may go: checked on the address that is connected to, after DNS
urls      what can be called, byte for byte
client    requests and streams: pooled, verified, bounded in time and size
"""
