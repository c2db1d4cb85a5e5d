"""Everything put together: create_app(podium) is what a server serves."""

from typing import Final

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from podium.api import account, approval_pages, login, oidc, openapi, reference, start
from podium.api.auditing import Audited
from podium.api.bodies import BodyLimit
from podium.api.compatible.answering import Answering
from podium.api.door import Door
from podium.api.edge import Edge
from podium.api.errors import handle
from podium.api.ports import Podium
from podium.api.signin import SignIn

_DOOR: Final = Door()
_PAGES: Final = (
    start.router,
    login.router,
    oidc.router,
    account.router,
    approval_pages.router,
    reference.router,
)


def create_app(podium: Podium, door: Door = _DOOR) -> FastAPI:
    """An ASGI application. It starts and stops nothing: whoever made the podium does.

    From the outside in: Edge (hosts, headers, failures), Audited, SignIn, BodyLimit, the resources.
    """
    app = FastAPI(
        title="podium",
        version=podium.version,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
    )
    for router in (*openapi.RESOURCES, *_PAGES):
        app.include_router(router)
    app.add_exception_handler(HTTPException, handle)
    app.add_exception_handler(RequestValidationError, handle)
    app.add_middleware(BodyLimit, most=door.max_body_bytes)
    app.add_middleware(SignIn, identity=podium.identity)
    app.add_middleware(Audited, told=podium.audit.trail)
    app.add_middleware(Edge, podium=podium, door=door)
    app.state.answering = Answering(podium, door)
    return app
