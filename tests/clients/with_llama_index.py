"""LlamaIndex, with its package for servers that speak as OpenAI does."""

from collections.abc import Sequence

from llama_index.core.llms import ChatMessage
from llama_index.core.tools import FunctionTool
from llama_index.llms.openai_like import OpenAILike
from steps import ASKED, MODEL, QUESTION, Podium, Steps, Thermometer, tell


def _model(podium: Podium) -> OpenAILike:
    return OpenAILike(
        model=MODEL,
        api_base=podium.v1,
        api_key=podium.key,
        max_retries=0,
        is_chat_model=True,
        is_function_calling_model=True,
    )


def _chat(podium: Podium) -> str:
    return _model(podium).chat([ChatMessage(QUESTION)]).message.content


def _stream(podium: Podium) -> Sequence[str]:
    return [part.delta for part in _model(podium).stream_chat([ChatMessage(QUESTION)])]


def _tool(podium: Podium, thermometer: Thermometer) -> str:
    known = FunctionTool.from_defaults(thermometer.temperature)
    model = _model(podium)
    asked = model.chat_with_tools([known], user_msg=ASKED)
    (call,) = model.get_tool_calls_from_response(asked)
    told = {"tool_call_id": call.tool_id}
    result = ChatMessage(known(**call.tool_kwargs).content, role="tool", additional_kwargs=told)
    return model.chat([ChatMessage(ASKED), asked.message, result]).message.content


if __name__ == "__main__":
    tell(
        ["llama-index-core", "llama-index-llms-openai-like"],
        {"/v1/chat/completions": Steps(_chat, _stream, _tool)},
    )
