"""Wire formats: those of models implement the gateway's port Upstream, those of calls the ports
of `workflows/calls`.

openai_chat   OpenAI chat completions and embeddings, which most providers speak
formats       what a wire format of models must be able to do
openai        OpenAI's formats, towards callers and providers
shapes        hostile JSON, taken apart
event_blocks  a stream of events cut into whole events, as bytes
