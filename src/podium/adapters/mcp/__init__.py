"""MCP servers that are processes on this machine: behind the walls that other programs have.

process    starts a server, and is its standard streams
"""
