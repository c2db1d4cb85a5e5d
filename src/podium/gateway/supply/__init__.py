"""Capabilities that a model lacks, supplied: a chat is rewritten for it, and its answer back.

modes        what is supplied to a model: tools, JSON that fits a schema
prompts      what a model is told, in few words
telling      how an answer says what was supplied
tool_schemas the tools of a chat as one JSON schema, and what a call looks like in it
tools        a chat with tools as one without, and its answer with calls again
tool_streams the same for streams: words and arguments as they come
json_answers JSON that fits a schema by asking again: good, to be repaired, or hopeless
"""
