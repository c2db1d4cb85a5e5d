"""Answers that need not be asked for again, and one upstream call for equal requests at once.

rules       what a route says about it: exact or semantic, for whom, how long
control     what a caller says about it: Cache-Control
keys        which requests are equal, and for whom
fitness     which requests and answers may be kept at all
entries     what is kept
ports       what is needed from outside: a store, vectors, the other form of an answer
questions   the last question of a chat, and the chat without it
similar     kept answers to questions that mean the same
flights     equal requests in flight share one upstream call
broadcast   one stream that several read
streams     what is handed out: a kept answer as a stream, a place among readers
service     the use cases: an answer, a stream, a purge
"""
