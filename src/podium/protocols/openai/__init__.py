"""OpenAI's wire formats, towards callers and towards providers.

chat_caller    chat completions towards a caller, who is answered
               by chat_writer from a chat, by chat_relay with the provider's own bytes
chat_notes     what podium wants to know of a completion or a chunk
chat_provider  chat completions and embeddings towards a provider: chat_requests to it,
               chat_answers and embeddings from it
errors         the bodies of refused requests
"""
