"""All functions, by name."""

from collections.abc import Callable, Mapping

from podium.functions.approve import make_approve
from podium.functions.classify import make_classify
from podium.functions.embed import make_embed
from podium.functions.extract import make_extract
from podium.functions.guard import make_guard
from podium.functions.llm import make_llm
from podium.functions.log import make_log
from podium.functions.map import make_map
from podium.functions.mask import make_mask
from podium.functions.ports import Services
from podium.functions.sql import make_sql
from podium.functions.validate import make_validate
from podium.workflows.functions import Function

SHELF: tuple[Callable[[Services], Function], ...] = (
    lambda services: make_llm(services.models),
    lambda services: make_embed(services.models),
    lambda services: make_classify(services.models, services.datasets),
    lambda services: make_extract(services.models),
    lambda services: make_mask(services.mask_key),
    lambda services: make_guard(services.guardrails),
    lambda _services: make_validate(),
    lambda services: make_approve(services.approvals, services.approval_seconds),
    lambda services: make_sql(services.connections),
    lambda _services: make_map(),
    lambda _services: make_log(),
)


def shelf(services: Services) -> Mapping[str, Function]:
    """Every function by its name."""
    made = (make(services) for make in SHELF)
    return {function.name: function for function in made}
