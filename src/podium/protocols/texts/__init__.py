"""Where the texts are in a stream towards a caller: each protocol's events, through a filter.

streams     events in and out, as bytes; what holds for all protocols
chat, messages, responses     OpenAI's chunks, Anthropic's events, OpenAI's events of Responses
"""
