"""CrewAI: its agent calls the tool by itself."""

from collections.abc import Sequence

from crewai import LLM, Agent
from crewai.events import LLMStreamChunkEvent, crewai_event_bus
from crewai.tools import tool
from steps import ASKED, MODEL, QUESTION, Podium, Steps, Thermometer, tell


def _model(podium: Podium, **more: object) -> LLM:
    return LLM(model=f"openai/{MODEL}", base_url=podium.v1, api_key=podium.key, **more)


def _chat(podium: Podium) -> str:
    return _model(podium).call(QUESTION)


def _stream(podium: Podium) -> Sequence[str]:
    pieces: list[str] = []
    with crewai_event_bus.scoped_handlers():

        @crewai_event_bus.on(LLMStreamChunkEvent)
        def _keep(_: object, event: LLMStreamChunkEvent) -> None:
            pieces.append(event.chunk)

        _model(podium, stream=True).call(QUESTION)
        crewai_event_bus.flush()
    return pieces


def _tool(podium: Podium, thermometer: Thermometer) -> str:
    known = tool("temperature")(thermometer.temperature)
    agent = Agent(
        role="Host",
        goal="Answer.",
        backstory="You greet guests.",
        llm=_model(podium),
        tools=[known],
    )
    return agent.kickoff(ASKED).raw


if __name__ == "__main__":
    tell(["crewai"], {"/v1/chat/completions": Steps(_chat, _stream, _tool)})
