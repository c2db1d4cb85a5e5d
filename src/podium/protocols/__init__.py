"""Wire formats: those of models implement the gateway's port Upstream, those of calls the ports
of `workflows/calls`.

endpoints     where a provider answers, and how it is shown who asks
calls         one provider over HTTP, its failures in the gateway's words
upstreams     providers in any wire format behind the gateway's port: passed through, or translated
translation   chats that a provider answers, told in the protocol of whoever asked
callers       the protocols that callers speak
formats       what a wire format of models must be able to do
openai        OpenAI's chat completions and embeddings, towards callers and providers
responses     OpenAI's Responses, the same
anthropic     Anthropic's Messages, the same
secrets       whose secret a piece of reasoning is
gemini        Google's generateContent: AI Studio and Vertex AI
bedrock       Amazon's Converse
azure         OpenAI's format at addresses that name a deployment
credentials   how providers are shown who asks, beyond a key in a header
media         images, sounds and documents in the parts of a message
tool_calls    arguments of calls: text in a chat, objects with providers
vectors       embeddings, as OpenAI lists them
event_messages  AWS's binary event streams
shapes        hostile JSON, taken apart
event_blocks  a stream of events cut into whole events, as bytes
bodies        bodies as JSON objects
refusals      what an HTTP error of a provider says, without keys
sse           server-sent events, strictly and within bounds
embedded      models that run inside podium, a source of chats as providers are
callees       HTTP to the servers that documents name: credentials, refusals, streams
jsonrpc       one request, one response, in bounded memory
mcp           how a session begins; mcp_session is one, over mcp_http, mcp_sse or mcp_lines
a2a           agents, in 1.0 and 0.3
"""
