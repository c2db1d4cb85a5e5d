import pytest
from tests.api.asgi import Caller
from tests.fakes_api import FakePodium

from podium.api.app import create_app


@pytest.fixture
async def podium(anyio_backend: str) -> FakePodium:  # noqa: ARG001 - makes it async
    return await FakePodium().begin()


@pytest.fixture
def stranger(podium: FakePodium) -> Caller:
    """Somebody without a key."""
    return Caller(create_app(podium))


@pytest.fixture
def ann(podium: FakePodium, stranger: Caller) -> Caller:
    """An admin with an API key."""
    return Caller(stranger.app, {"authorization": f"Bearer {podium.secret}"})
