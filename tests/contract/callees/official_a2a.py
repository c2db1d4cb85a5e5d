"""An agent of the official SDK that does what the text of a message asks of it.

Its JSON-RPC speaks 1.0, and 0.3 through the SDK's own compatibility layer.
"""

import asyncio

from a2a.helpers.proto_helpers import new_task_from_user_message, new_text_message, new_text_part
from a2a.server.agent_execution import AgentExecutor, RequestContext
from a2a.server.events import EventQueue
from a2a.server.request_handlers.default_request_handler_v2 import DefaultRequestHandlerV2
from a2a.server.routes.agent_card_routes import create_agent_card_routes
from a2a.server.routes.jsonrpc_routes import create_jsonrpc_routes
from a2a.server.tasks import (
    InMemoryPushNotificationConfigStore,
    InMemoryTaskStore,
    TaskUpdater,
)
from a2a.types.a2a_pb2 import AgentCapabilities, AgentCard, AgentInterface, AgentSkill, Part
from starlette.applications import Starlette


class Doer(AgentExecutor):
    """`hello` answers with a message; anything else makes a task that ends as it is asked to."""

    async def execute(self, context: RequestContext, event_queue: EventQueue) -> None:
        text = context.get_user_input()
        assert context.message is not None
        if text == "hello":
            await event_queue.enqueue_event(new_text_message("Hello World"))
            return
        task = context.current_task
        if task is None:
            task = new_task_from_user_message(context.message)
            await event_queue.enqueue_event(task)
        updater = TaskUpdater(event_queue, task.id, task.context_id)
        await updater.start_work()
        match text:
            case "ask":
                question = updater.new_agent_message([new_text_part("Which one?")])
                await updater.requires_input(question)
            case "fail":
                await updater.failed(updater.new_agent_message([new_text_part("no luck")]))
            case "linger":
                await asyncio.sleep(30)
            case _:
                parts = [new_text_part(f"done: {text}")]
                parts.append(Part(url="https://example.com/a.pdf", media_type="application/pdf"))
                await updater.add_artifact(parts, artifact_id="a-1", name="report")
                await updater.complete()

    async def cancel(self, context: RequestContext, event_queue: EventQueue) -> None:
        assert context.task_id is not None
        assert context.context_id is not None
        await TaskUpdater(event_queue, context.task_id, context.context_id).cancel()


def made(url: str, version: str) -> Starlette:
    """`url` is where it will be reached; its card offers `version` of the protocol alone."""
    card = AgentCard(
        name="official",
        description="does what it is told",
        version="1",
        supported_interfaces=[
            AgentInterface(url=f"{url}/rpc", protocol_binding="GRPC", protocol_version="1.0"),
            AgentInterface(url=f"{url}/rpc", protocol_binding="JSONRPC", protocol_version=version),
        ],
        capabilities=AgentCapabilities(
            streaming=True, push_notifications=True, extended_agent_card=True
        ),
        skills=[AgentSkill(id="do", name="do", description="does", tags=["do"])],
        default_input_modes=["text"],
        default_output_modes=["text"],
    )
    extended = AgentCard()
    extended.CopyFrom(card)
    extended.name = "official, for friends"
    handler = DefaultRequestHandlerV2(
        Doer(),
        InMemoryTaskStore(),
        card,
        push_config_store=InMemoryPushNotificationConfigStore(),
        extended_agent_card=extended,
    )
    routes = [
        *create_agent_card_routes(card),
        *create_jsonrpc_routes(handler, "/rpc", enable_v0_3_compat=version == "0.3"),
    ]
    return Starlette(routes=routes)
