"""Secrets in files, beside podium.yaml or anywhere."""

import os
from pathlib import Path

import pytest

from podium.kernel.errors import Invalid
from podium.settings import Origin, Settings
from podium.settings.wiring import missing_keys

FILE = """version: 1
providers:
  groq: {api_key: "secret://file/groq.key", headers: {X-More: "secret://file/more"}}
models: {m: {provider: groq}}
secrets: {far: "secret://file/%s"}
"""


def loaded(folder: Path) -> Settings:
    path = folder / "podium.yaml"
    _ = path.write_text(FILE % (folder / "far"))
    return Origin(path, {}).read().settings()


def test_what_is_in_a_file_is_a_secret_but_for_the_line_break_at_its_end(tmp_path: Path):
    _ = (tmp_path / "groq.key").write_text("gsk-1\n")
    _ = (tmp_path / "far").write_text(" two words \r\n")
    settings = loaded(tmp_path)
    assert settings.provider_key("groq") == "gsk-1"
    assert settings.reveal(settings.secrets["far"]) == " two words "
    _ = (tmp_path / "groq.key").write_text("gsk-2")
    assert settings.provider_key("groq") == "gsk-1"
    assert loaded(tmp_path).provider_key("groq") == "gsk-2"
    assert "gsk" not in repr(settings)


def test_a_file_that_is_not_there_is_a_secret_that_is_not_set(tmp_path: Path):
    settings = loaded(tmp_path)
    assert missing_keys(settings) == {"groq": "the file groq.key"}
    with pytest.raises(Invalid, match=r"secret://file/more.* cannot be read"):
        _ = settings.reveal("secret://file/more")


def test_what_is_no_text_too_large_or_no_file_is_not_read(tmp_path: Path):
    for content in (b"\xff", b"x" * 65_537):
        _ = (tmp_path / "groq.key").write_bytes(content)
        assert not loaded(tmp_path).provider_key("groq")
    (tmp_path / "groq.key").unlink()
    os.mkfifo(tmp_path / "groq.key")
    assert not loaded(tmp_path).provider_key("groq")
