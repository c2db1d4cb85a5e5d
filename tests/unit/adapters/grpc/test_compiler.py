"""Proto files that mean no good cost their own process, and no more."""

import tempfile

import anyio
import pytest
from tests.pace import HANGS

from podium.adapters.grpc.compiler import Compiler
from podium.adapters.grpc.schema import Schema
from podium.kernel.errors import Invalid, LimitReached

pytestmark = pytest.mark.anyio

HEAD = 'syntax = "proto3";\n'


async def test_files_that_import_each_other_are_compiled_together():
    sources = {
        "a/service.proto": HEAD
        + 'package a; import "b/types.proto"; import "google/protobuf/empty.proto";\n'
        + "service S { rpc M(b.T) returns (google.protobuf.Empty); }",
        "b/types.proto": HEAD + "package b; message T { string x = 1; }",
    }
    descriptors = await Compiler().compile(sources, "a/service.proto")

    method = Schema(descriptors).method("a.S", "M")
    assert method.requests({"x": "1"}) == [b"\n\x011"]
    assert method.answer(b"") == {}


async def test_what_protoc_refuses_is_told_with_line_and_reason():
    with pytest.raises(Invalid) as refused:
        _ = await Compiler().compile({"x.proto": HEAD + "message {"}, "x.proto")
    assert "x.proto:2:9: Expected message name." in str(refused.value)
    assert tempfile.gettempdir() not in str(refused.value)


async def test_no_file_of_this_machine_is_read():
    for name in ("/etc/passwd", "../../../../../../etc/passwd"):
        source = HEAD + f'import "{name}"; message M {{}}'
        with pytest.raises(Invalid, match="cannot be compiled"):
            _ = await Compiler().compile({"x.proto": source}, "x.proto")


@pytest.mark.parametrize(
    "source",
    [
        HEAD + "message M {" * 50_000,
        HEAD + "message M { " + "repeated " * 200_000 + "}",
        HEAD + "enum E {" + "".join(f"A{n} = {n};" for n in range(100_000)) + "}",
        "\x00" * 100_000,
        HEAD + 'import "x.proto";',
        HEAD + "/*" * 500_000,
        HEAD + "message M { string a = 99999999999999999999; }",
        "edition = '2099';",
    ],
    ids=["nested", "words", "large", "zeros", "itself", "open comment", "number", "edition"],
)
async def test_a_hostile_file_ends_in_bounded_time_as_descriptors_or_an_error(source: str):
    said = ""
    try:
        with anyio.fail_after(HANGS):
            _ = Schema(await Compiler(seconds=20).compile({"x.proto": source}, "x.proto"))
    except (Invalid, LimitReached) as refused:
        said = str(refused)
    assert len(said) < 4_000


async def test_a_compilation_that_takes_too_long_or_too_much_is_ended():
    large = HEAD + "".join(f"message M{n} {{ string a = 1; }}\n" for n in range(60_000))
    with pytest.raises(LimitReached, match="takes more than"):
        _ = await Compiler(seconds=0.05).compile({"x.proto": large}, "x.proto")
    with pytest.raises((LimitReached, Invalid)):
        _ = await Compiler(memory=60_000_000).compile({"x.proto": large}, "x.proto")
