"""A wire to a database that can be cut."""

import socket
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Event, Thread


@dataclass(slots=True)
class Wire:
    """Hands everything on to 127.0.0.1:5432, until it is cut; then nobody answers."""

    port: int
    cut: Event = field(default_factory=Event)
    ends: list[socket.socket] = field(default_factory=list[socket.socket])

    def sever(self) -> None:
        self.cut.set()
        for end in self.ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
        self.ends.clear()

    def mend(self) -> None:
        self.cut.clear()


@contextmanager
def wire() -> Generator[Wire]:
    listening = socket.create_server(("127.0.0.1", 0))
    made = Wire(listening.getsockname()[1])

    def serve() -> None:
        while True:
            try:
                near, _ = listening.accept()
            except OSError:
                return
            if made.cut.is_set():
                near.close()
                continue
            far = socket.create_connection(("127.0.0.1", 5432))
            made.ends += [near, far]
            for source, sink in ((near, far), (far, near)):
                Thread(target=_pipe, args=(source, sink), daemon=True).start()

    Thread(target=serve, daemon=True).start()
    try:
        yield made
    finally:
        listening.close()
        made.sever()


def _pipe(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
    for end in (source, sink):
        with suppress(OSError):
            end.close()
