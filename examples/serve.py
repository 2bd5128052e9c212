"""How do the plain examples get to the browser: as files, by Python's own web server.

    python3 serve.py [PORT [ADDRESS]]

The pages name the server as localhost:4242. Where it is somewhere else, or the page was asked for
by another name of this machine, that is put in its place: a page may only connect to the host that
it came from, unless the server's allowed_origins says more.
"""

import os
import re
import sys
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path

FOLDER = Path(__file__).parent
WRITTEN = "localhost:4242"
OMNIBUS_PORT = os.environ.get("OMNIBUS_SERVER_PORT", "4242")


class Pages(SimpleHTTPRequestHandler):
    def send_head(self):
        path = Path(self.translate_path(self.path))
        if not (self.path.endswith("/") and (path / "index.html").is_file()):
            return super().send_head()
        host = re.match(r"\[[0-9a-f:]+\]|[\w.-]+", self.headers.get("Host", "localhost"))
        server = f"{host.group() if host else 'localhost'}:{OMNIBUS_PORT}"
        page = (path / "index.html").read_text("utf-8").replace(WRITTEN, server).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        return BytesIO(page)

    def end_headers(self):
        # Whoever changes an example wants to see the change.
        self.send_header("Cache-Control", "no-store")
        super().end_headers()

    def log_message(self, *_):
        pass


def main(port="8000", address="127.0.0.1"):
    handler = partial(Pages, directory=FOLDER)
    try:
        with ThreadingHTTPServer((address, int(port)), handler) as server:
            server.serve_forever()
    except OSError as error:
        sys.exit(f"the pages can't be served at {address}:{port}: {error.strerror}; choose another port")
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main(*sys.argv[1:])
