"""Does nothing get lost where processes begin, fork and end."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from directors import Director

PACKAGE = Path(__file__).resolve().parents[1] / "src"

SETTINGS = """
import os, sys
from django.conf import settings
settings.configure(OMNIBUS_PUBLISHER_ADDRESS=sys.argv[1], OMNIBUS_PUBLISH_TIMEOUT=5)
from omnibus.api import publish
"""


def run(program, address):
    """Run a program of its own to its end."""
    return subprocess.run(
        # A child lets go of its parent's socket unclosed, and pyzmq would remark on that.
        [sys.executable, "-W", "error", "-W", "ignore::ResourceWarning", "-c", SETTINGS + program, address],
        env={"PYTHONPATH": str(PACKAGE)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def frames(director, count):
    """Return so many payloads that arrived, and be sure that no more do."""
    taken = [director.take().partition(b'"payload": ')[2] for _ in range(count)]
    assert director.takes_nothing_for(0.2)
    return taken


def test_only_publication_of_a_process_arrives_20_of_20(free_address):
    with Director(free_address) as director:
        for n in range(20):
            result = run("publish('foo', 'n', {'n': %d})" % n, free_address)
            assert (result.returncode, result.stderr) == (0, "")
        assert frames(director, 20) == [b'{"n": %d}}' % n for n in range(20)]


def test_last_publications_of_a_process_arrive(free_address):
    with Director(free_address) as director:
        result = run("for n in range(500): publish('foo', 'n', {'n': n})", free_address)
        assert (result.returncode, result.stderr) == (0, "")
        assert len(frames(director, 500)) == 500


MEGABYTES = 40
BURST = """
import time
settings.OMNIBUS_PUBLISH_LINGER = float(sys.argv[2])
for n in range(%d):
    publish('foo', 'n', {'n': n, 'text': 'x' * 1_000_000})
print('published', time.monotonic(), flush=True)
""" % MEGABYTES


def start_burst(address, linger):
    """Start a process that ends with more under way than the sockets hold."""
    return subprocess.Popen(
        [sys.executable, "-c", SETTINGS + BURST, address, str(linger)],
        env={"PYTHONPATH": str(PACKAGE)},
        stdout=subprocess.PIPE,
        text=True,
    )


def test_process_that_ends_waits_for_what_is_under_way(free_address):
    with Director(free_address, receive_high_water_mark=1, reads=False) as director:
        with start_burst(free_address, linger=20) as process:
            process.stdout.readline()
            director.reads = True
            for n in range(MEGABYTES):
                assert b'{"n": %d, ' % n in director.take()[:60]
            assert process.wait(timeout=10) == 0


def test_process_that_ends_waits_no_longer_than_its_linger(free_address):
    with Director(free_address, receive_high_water_mark=1, reads=False):
        with start_burst(free_address, linger=0.5) as process:
            published = float(process.stdout.readline().split()[1])
            assert process.wait(timeout=10) == 0
            assert 0.5 <= time.monotonic() - published < 8


FORK = """
publish('foo', 'n', {'from': 'parent before'})
pid = os.fork()
publish('foo', 'n', {'from': 'child' if pid == 0 else 'parent after'})
if pid:
    assert os.waitpid(pid, 0)[1] == 0
"""

FORK_WHILE_LOCKED = """
import threading
publish('foo', 'n', {'from': 'parent before'})
from omnibus.api import pubsub
with pubsub._lock, pubsub._publisher._lock:
    pid = os.fork()
    if pid == 0:
        publish('foo', 'n', {'from': 'child'})
        sys.exit()
publish('foo', 'n', {'from': 'parent after'})
assert os.waitpid(pid, 0)[1] == 0
"""

MULTIPROCESSING = """
import multiprocessing
publish('foo', 'n', {'from': 'parent before'})
process = multiprocessing.get_context('fork').Process(
    target=publish, args=('foo', 'n', {'from': 'child'}))
process.start()
publish('foo', 'n', {'from': 'parent after'})
process.join()
assert process.exitcode == 0
"""


WORKER = """
import multiprocessing
def work():
    for n in range(%d):
        publish('foo', 'n', {'n': n, 'text': 'x' * 1_000_000})
    print('published', flush=True)
process = multiprocessing.get_context('fork').Process(target=work)
process.start()
process.join()
assert process.exitcode == 0
""" % MEGABYTES


def test_worker_of_multiprocessing_that_ends_waits_for_what_is_under_way(free_address):
    program = "settings.OMNIBUS_PUBLISH_LINGER = 20" + WORKER
    with Director(free_address, receive_high_water_mark=1, reads=False) as director:
        with subprocess.Popen(
            [sys.executable, "-c", SETTINGS + program, free_address],
            env={"PYTHONPATH": str(PACKAGE)},
            stdout=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stdout.readline() == "published\n"
            director.reads = True
            for n in range(MEGABYTES):
                assert b'{"n": %d, ' % n in director.take()[:60]
            assert process.wait(timeout=30) == 0


@pytest.mark.parametrize(
    "program", [FORK, FORK_WHILE_LOCKED, MULTIPROCESSING], ids=["fork", "locked", "multiprocessing"]
)
def test_parent_and_child_of_a_fork_both_publish(free_address, program):
    with Director(free_address) as director:
        for _ in range(2):
            result = run(program, free_address)
            assert (result.returncode, result.stderr) == (0, "")
            assert sorted(frames(director, 3)) == [
                b'{"from": "child"}}',
                b'{"from": "parent after"}}',
                b'{"from": "parent before"}}',
            ]
