"""A certificate for `localhost` that nobody trusts but who is told to."""

import shutil
import ssl
import subprocess
from dataclasses import dataclass
from pathlib import Path

OPENSSL = shutil.which("openssl") or "openssl"


@dataclass(frozen=True)
class Certificate:
    key: Path
    chain: Path

    def serving(self) -> ssl.SSLContext:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self.chain, self.key)
        return context

    def trusting(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self.chain)


def localhost(folder: Path) -> Certificate:
    made = Certificate(folder / "key.pem", folder / "chain.pem")
    subprocess.run(
        [
            *(OPENSSL, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
            *("-nodes", "-keyout", str(made.key), "-out", str(made.chain), "-days", "2"),
            *("-subj", "/CN=x", "-addext", "subjectAltName=DNS:localhost"),
        ],
        check=True,
        capture_output=True,
    )
    return made
