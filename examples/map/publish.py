"""How do the positions get to the server: by the command-line client, as from any shell script.

    omnibus publish --bus tcp://127.0.0.1:4244 map positions '{"vehicles": […]}'

On the bus, not over WebSocket: omnibus.toml lets no page publish here.
"""

import json
import os
import subprocess
import sys

from fleet import fleet

BUS = os.environ.get("OMNIBUS_PUBLISHER_ADDRESS", "tcp://127.0.0.1:4244")
UNREACHABLE = 69


def main():
    for vehicles in fleet():
        payload = json.dumps({"vehicles": vehicles})
        command = ["omnibus", "publish", "--bus", BUS, "map", "positions", payload]
        done = subprocess.run(command, capture_output=True, text=True)
        # A server that is away may be back for the next positions: these are old by then.
        if done.returncode not in (0, UNREACHABLE):
            sys.exit(done.stderr)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        pass
