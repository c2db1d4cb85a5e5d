"""OpenAI's wire formats, towards callers and towards providers.

chat_caller   chat completions towards a caller, who is answered
              by chat_writer from a chat, by chat_relay with the provider's own bytes
chat_notes    what podium wants to know of a completion or a chunk
errors        the bodies of refused requests
"""
