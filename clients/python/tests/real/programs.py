"""The parts that are real: servers, browsers, and programs of other environments."""

import json
import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

from websockets.sync.client import connect

REPOSITORY = Path(__file__).resolve().parents[4]
PACKAGE = REPOSITORY / "clients" / "python" / "src"
PROJECTS = REPOSITORY / "clients" / "python" / "tests" / "projects"
ORIGINAL = REPOSITORY / "tests" / "foreign" / "python" / "original"

START_SECONDS_MAX = 20
STOP_SECONDS_MAX = 10
ANSWER_SECONDS_MAX = 10


def needed(variable, what):
    """Return what a variable of the test command names; fail, not skip, where it does not."""
    value = os.environ.get(variable)
    assert value, (
        f"{variable} is not set; it names {what}: run the tests with `cargo xtask test`, or"
        ' set it after `cargo build` and `eval "$(cargo xtask setup --print-env)"`'
    )
    return Path(value)


def omnibusd():
    """Return the server under test."""
    path = needed("OMNIBUS_TEST_BINARIES", "the folder that holds omnibusd") / "omnibusd"
    assert path.is_file(), f"{path} is not there; run `cargo build` first"
    return path


def environment(**variables):
    """Return the shell's environment without settings of Omnibus, and with these variables."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("OMNIBUS_")}
    return {**kept, "PYTHONDONTWRITEBYTECODE": "1", **variables}


def free_port():
    """Return a port that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Ports:
    """The ports of one server."""

    def __init__(self):
        self.browsers = free_port()
        self.subscribers = "tcp://127.0.0.1:%d" % free_port()
        self.publishers = "tcp://127.0.0.1:%d" % free_port()

    @property
    def url(self):
        """Where a browser connects."""
        return f"ws://127.0.0.1:{self.browsers}/ec"

    def of_server(self):
        """Return them as the server's own variables."""
        return {
            "OMNIBUS_SERVER_LISTEN": f"127.0.0.1:{self.browsers}",
            "OMNIBUS_SUBSCRIBER_ADDRESS": self.subscribers,
            "OMNIBUS_PUBLISHER_ADDRESS": self.publishers,
        }

    def of_newsroom(self):
        """Return them as variables of the project in ``projects/newsroom``."""
        return {
            "NEWSROOM_PORT": str(self.browsers),
            "NEWSROOM_SUBSCRIBER_ADDRESS": self.subscribers,
            "NEWSROOM_PUBLISHER_ADDRESS": self.publishers,
        }


class Program:
    """A program that runs until the test is over."""

    def __init__(self, command, variables, **options):
        self.process = subprocess.Popen(
            [str(part) for part in command],
            env=environment(**variables),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            **options,
        )
        self.lines = []
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self._reader.join()
        for stream in (self.process.stdin, self.process.stdout):
            stream.close()
        assert "panicked at" not in self.log(), self.log()

    def _read(self):
        for line in self.process.stdout:
            self.lines.append(line)

    def log(self):
        """Return what the program has written so far."""
        return "".join(self.lines)

    def serves(self, port):
        """Wait until the program takes connections, and return it."""
        deadline = time.monotonic() + START_SECONDS_MAX
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
            except OSError:
                assert self.process.poll() is None, f"it ended:\n{self.log()}"
                assert time.monotonic() < deadline, f"it does not serve:\n{self.log()}"
                time.sleep(0.02)
            else:
                return self

    def stop(self):
        """Ask the program to end, and return its exit code."""
        self.process.terminate()
        return self.process.wait(STOP_SECONDS_MAX)


def server(ports, **variables):
    """Start a server."""
    program = Program([omnibusd()], {**ports.of_server(), **variables})
    return program.serves(ports.browsers)


class Browser:
    """A WebSocket that is not ours, which speaks as the original's page does."""

    def __init__(self, url, identifier="5c1e", token=None):
        self._connecting = connect(url, open_timeout=ANSWER_SECONDS_MAX)
        self._argument = identifier if token is None else f"{identifier}:{token}"
        self.is_authenticated = False

    def __enter__(self):
        self.socket = self._connecting.__enter__()
        self.is_authenticated = self.ask("authenticate", self._argument)
        return self

    def __exit__(self, *how):
        self._connecting.__exit__(*how)

    def ask(self, command, argument):
        """Send a command; say whether it succeeded."""
        self.socket.send(f"!{command}:{argument}")
        answer = self.hear()
        assert answer.startswith(f"!{command}:"), answer
        return json.loads(answer.partition(":")[2])["success"]

    def hear(self):
        """Return the next message; fail if none comes."""
        return self.socket.recv(timeout=ANSWER_SECONDS_MAX)

    def hear_other_than(self, text):
        """Return the next message that does not hold this text."""
        while True:
            message = self.hear()
            if text not in message:
                return message

    def warm_up(self, publish):
        """Publish until it is heard: the original loses what comes first, and says nothing."""
        deadline = time.monotonic() + START_SECONDS_MAX
        while time.monotonic() < deadline:
            publish()
            try:
                return self.socket.recv(timeout=0.5)
            except TimeoutError:
                continue
        raise AssertionError("nothing is heard, however often it is published")


def run(command, variables, **options):
    """Run a program to its end, and return it; fail if it fails."""
    result = subprocess.run(
        [str(part) for part in command],
        env=environment(**variables),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        **options,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result


ONE_SHOT = """
import json, sys
from django.conf import settings
settings.configure(OMNIBUS_PUBLISHER_ADDRESS=sys.argv[1])
from omnibus.api import publish
assert publish(*json.loads(sys.argv[2])) is True
"""


def publish_once(address, *arguments):
    """Publish from a process that does nothing else."""
    command = [sys.executable, "-c", ONE_SHOT, address, json.dumps(arguments)]
    run(command, {"PYTHONPATH": str(PACKAGE)})


class OriginalPublisher:
    """``omnibus.api.publish`` of django-omnibus 0.2.0, in its own environment."""

    def __init__(self, address):
        python = needed("OMNIBUS_TEST_PYTHON", "a Python with django-omnibus 0.2.0")
        command = [python, ORIGINAL / "original_publish.py"]
        self._program = Program(command, {"OMNIBUS_PUBLISHER_ADDRESS": address})
        self._taken = 0
        self._answer()
        # Without this the original loses its first publication, which is not the matter here.
        self._ask({"connect": True})

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._program.__exit__()

    def publish(self, channel, payload_type, payload, sender):
        """Publish with the original."""
        self._ask({"channel": channel, "type": payload_type, "payload": payload, "sender": sender})

    def _ask(self, request):
        self._program.process.stdin.write(json.dumps(request) + "\n")
        self._program.process.stdin.flush()
        self._answer()

    def _answer(self):
        deadline = time.monotonic() + START_SECONDS_MAX
        while len(self._program.lines) == self._taken:
            assert time.monotonic() < deadline, "the original does not answer"
            time.sleep(0.01)
        line = self._program.lines[self._taken]
        self._taken += 1
        assert json.loads(line)["ok"], line
