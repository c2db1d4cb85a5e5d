"""Wire formats: each implements the gateway's port Upstream.

openai_chat   OpenAI chat completions and embeddings, which most providers speak
bodies        bodies as JSON objects
refusals      what an HTTP error of a provider says, without keys
sse           server-sent events, strictly and within bounds
embedded      models that run inside podium, behind the same port
"""
