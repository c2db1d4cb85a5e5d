"""Anthropic's Messages, towards callers and towards providers.

A caller's request: requests, with its blocks; what it is answered: messages, writing (a stream),
relay (a stream of the provider's own), errors; all of them behind caller.
A provider's: questions, with turns and thinking; what it answers: answers, streams; all behind
provider.
stops and usage are words and counts of both, tokens is `count_tokens`.
"""
