"""Which proto files a call needs, and where they come from."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest
from tests.pace import within

from podium.identity.principal import Principal
from podium.kernel.errors import Invalid, LimitReached
from podium.kernel.ids import RunId, UserId, WorkspaceId
from podium.kernel.json import Json, JsonObject
from podium.workflows.calls.grpc import GrpcCall, GrpcRequest, imports
from podium.workflows.calls.resources import Resource
from podium.workflows.functions import Call

pytestmark = pytest.mark.anyio

CALL = Call(RunId("run_1"), "/do/x", Principal(UserId("u"), WorkspaceId("w"), "Ann"), 3.0)


@dataclass
class Files:
    """Serves texts by their addresses."""

    texts: Mapping[str, str]
    asked: list[Json] = field(default_factory=list)

    async def read(self, resource: Json, call: Call) -> Resource:
        assert isinstance(resource, Mapping)
        endpoint = resource["endpoint"]
        self.asked.append(endpoint)
        uri = endpoint["uri"] if isinstance(endpoint, Mapping) else endpoint
        return Resource(str(uri).partition(",")[0], self.texts[str(uri)])


@dataclass
class Recorder:
    requests: list[GrpcRequest] = field(default_factory=list)

    async def invoke(self, request: GrpcRequest) -> Json:
        self.requests.append(request)
        return {}


class Nothing:
    async def headers(self, policy: Json, call: Call) -> Mapping[str, str]:
        return {}


async def invoked(texts: Mapping[str, str], endpoint: Json) -> tuple[GrpcRequest, Files]:
    files, client = Files(texts), Recorder()
    grpc = GrpcCall(client, files, Nothing(), seconds=30.0, max_bytes=1_000)
    arguments: JsonObject = {
        "proto": {"endpoint": endpoint},
        "service": {"name": "S", "host": "example.com"},
        "method": "M",
    }
    _ = await grpc.call(arguments, CALL)
    return client.requests[0], files


async def test_imports_are_fetched_from_beside_the_file_with_its_credentials():
    policy: JsonObject = {"bearer": {"token": "t"}}
    texts = {
        "https://x/api/a.proto": 'import "types/b.proto"; import "google/protobuf/any.proto";',
        "https://x/api/types/b.proto": 'import public "types/c.proto";import "types/b.proto";',
        "https://x/api/types/c.proto": "",
    }
    given: JsonObject = {"uri": "https://x/api/a.proto", "authentication": policy}
    request, files = await invoked(texts, given)

    assert request.root == "a.proto"
    assert set(request.sources) == {"a.proto", "types/b.proto", "types/c.proto"}
    assert [each["authentication"] for each in files.asked] == [policy] * 3
    assert (request.seconds, request.port) == (3.0, None)


async def test_a_file_in_the_document_may_import_what_protobuf_brings_and_nothing_else():
    request, _ = await invoked({"data:,x": 'import "google/protobuf/any.proto";'}, "data:,x")
    assert list(request.sources) == ["service.proto"]
    with pytest.raises(Invalid, match="has no address"):
        _ = await invoked({"data:,x": 'import "b.proto";'}, "data:,x")


@pytest.mark.parametrize(
    "name",
    ["../secret.proto", "/etc/passwd", "http://evil/x.proto", "a/../../b", "//evil/x", "a b"],
)
async def test_an_import_leads_nowhere_but_below_the_file(name: str):
    with pytest.raises(Invalid, match="below the file's own folder"):
        _ = await invoked({"https://x/a.proto": f'import "{name}";'}, "https://x/a.proto")


async def test_a_chain_of_imports_without_end_is_cut():
    texts = {f"https://x/{n}.proto": f'import "{n + 1}.proto";' for n in range(200)}
    with pytest.raises(LimitReached, match="more than 64 files"):
        _ = await invoked(texts, "https://x/0.proto")


async def test_files_that_are_too_large_together_are_refused():
    texts = {f"https://x/{n}.proto": f'import "{n + 1}.proto";' + " " * 300_000 for n in range(60)}
    with pytest.raises(LimitReached, match="characters"):
        _ = await invoked(texts, "https://x/0.proto")


def test_imports_in_comments_and_strings_are_none():
    text = """
        // import "a.proto";
        /* import "b.proto"; */
        option x = 'import "c.proto";';
        option y = "import \\"d.proto\\";";
        import "e.proto"; import public 'f.proto';import weak "g.proto";
        reimport "h.proto";
    """
    assert list(imports(text)) == ["e.proto", "f.proto", "g.proto"]


@pytest.mark.timed
@pytest.mark.parametrize(
    "text", ["/*" * 500_000, '"' * 999_999, "import " * 200_000, "import" + " " * 999_999]
)
def test_looking_for_imports_takes_linear_time(text: str):
    with within(2.0):
        _ = list(imports(text))
