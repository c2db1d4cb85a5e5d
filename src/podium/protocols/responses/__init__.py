"""OpenAI's Responses, towards callers and towards providers.

A caller's request: requests, with its items; what it is answered: answers, writing (a stream, with
output), relay (a stream of the provider's own); all of them behind caller.
A provider's: questions; what it answers: completions, streams; all behind provider.
words are counts and reasons of both.
"""
