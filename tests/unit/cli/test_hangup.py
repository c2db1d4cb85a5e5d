"""SIGHUP reloads, and ends a process whose terminal has gone."""

import os
import pty
import signal
import subprocess
import sys

import anyio
import pytest
from tests.pace import HANGS

from podium.cli.hangup import at_hangup

pytestmark = pytest.mark.anyio

_PROGRAM = """
import anyio
from podium.cli.hangup import at_hangup
from podium.cli.stop import interruptible

async def act():
    print("acted", flush=True)

async def main():
    async with at_hangup(act), interruptible() as stop:
        print("ready", flush=True)
        await anyio.sleep_forever()
    print("ended by", stop.signal.name, flush=True)

anyio.run(main)
"""


async def test_it_acts_at_each_signal():
    times: list[float] = []
    came = anyio.Event()

    async def act() -> None:
        times.append(anyio.current_time())
        if len(times) == 2:
            came.set()

    with anyio.fail_after(HANGS):
        async with at_hangup(act):
            for count in (1, 2):
                os.kill(os.getpid(), signal.SIGHUP)
                for _ in range(1000):
                    if len(times) >= count:
                        break
                    await anyio.sleep(0.01)
            await came.wait()


def test_a_process_whose_terminal_is_closed_ends_in_peace():
    master, slave = pty.openpty()

    def takes_the_terminal() -> None:
        os.setsid()
        os.close(os.open(os.ttyname(slave), os.O_RDWR))

    process = subprocess.Popen(
        [sys.executable, "-c", _PROGRAM],
        stdin=slave,
        stdout=subprocess.PIPE,
        preexec_fn=takes_the_terminal,  # noqa: PLW1509 - this process has no threads that matter
    )
    os.close(slave)
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    os.close(master)
    assert process.stdout.read() == b"ended by SIGTERM\n"
    assert process.wait(HANGS) == 0
    process.stdout.close()
