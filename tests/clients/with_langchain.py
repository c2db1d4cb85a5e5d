"""LangChain, with its packages for OpenAI and for Anthropic."""

from collections.abc import Callable, Sequence
from functools import partial

from langchain_anthropic import ChatAnthropic
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import HumanMessage
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI
from steps import ASKED, MODEL, QUESTION, Podium, Steps, Thermometer, tell

Made = Callable[[Podium], BaseChatModel]


def _completions(podium: Podium) -> BaseChatModel:
    return ChatOpenAI(model=MODEL, base_url=podium.v1, api_key=podium.key, max_retries=0)


def _responses(podium: Podium) -> BaseChatModel:
    return ChatOpenAI(
        model=MODEL,
        base_url=podium.v1,
        api_key=podium.key,
        max_retries=0,
        use_responses_api=True,
    )


def _messages(podium: Podium) -> BaseChatModel:
    return ChatAnthropic(model=MODEL, base_url=podium.url, api_key=podium.key, max_retries=0)


def _chat(made: Made, podium: Podium) -> str:
    return made(podium).invoke(QUESTION).text


def _stream(made: Made, podium: Podium) -> Sequence[str]:
    return [chunk.text for chunk in made(podium).stream(QUESTION)]


def _tool(made: Made, podium: Podium, thermometer: Thermometer) -> str:
    known = tool(thermometer.temperature)
    model = made(podium).bind_tools([known])
    said = [HumanMessage(ASKED)]
    asked = model.invoke(said)
    (call,) = asked.tool_calls
    return model.invoke([*said, asked, known.invoke(call)]).text


def _steps(made: Made) -> Steps:
    return Steps(partial(_chat, made), partial(_stream, made), partial(_tool, made))


if __name__ == "__main__":
    tell(
        ["langchain-openai"],
        {
            "/v1/chat/completions": _steps(_completions),
            "/v1/responses": _steps(_responses),
        },
    )
    tell(["langchain-anthropic"], {"/v1/messages": _steps(_messages)})
