"""The OpenTelemetry GenAI attribute names that podium writes, pinned in this one place.

Source: OpenTelemetry semantic conventions for generative AI, status Development, as of 2026-11.
"""

OPERATION = "gen_ai.operation.name"
PROVIDER = "gen_ai.provider.name"
REQUEST_MODEL = "gen_ai.request.model"
RESPONSE_MODEL = "gen_ai.response.model"
INPUT_TOKENS = "gen_ai.usage.input_tokens"
OUTPUT_TOKENS = "gen_ai.usage.output_tokens"
CACHED_TOKENS = "gen_ai.usage.cache_read.input_tokens"
REASONING_TOKENS = "gen_ai.usage.reasoning.output_tokens"
TOOL_NAME = "gen_ai.tool.name"
WORKFLOW_NAME = "gen_ai.workflow.name"

CALL = "podium.call"
ROUTE = "podium.route"
PRICED = "podium.priced"
ATTEMPTS = "podium.attempts"
"""podium's own, where OpenTelemetry has no name."""

CHAT = "chat"
EMBEDDINGS = "embeddings"
EXECUTE_TOOL = "execute_tool"
INVOKE_WORKFLOW = "invoke_workflow"
