import pytest


@pytest.fixture(params=["asyncio", "uvloop"])
def anyio_backend(request: pytest.FixtureRequest) -> tuple[str, dict[str, bool]]:
    """Both loops: their transports differ in when they tell what."""
    return "asyncio", {"use_uvloop": request.param == "uvloop"}
