"""Does a project written against django-omnibus 0.2.0 run with either package."""

import http.cookiejar
import re
import signal
import sys
import time
import urllib.parse
import urllib.request
from contextlib import contextmanager

import pytest
from websockets.exceptions import ConnectionClosed

from real.programs import PACKAGE, PROJECTS, Browser, Ports, Program, free_port, needed, omnibusd, run

NEWSROOM = PROJECTS / "newsroom"
TOKEN = re.compile(r"authToken: '([^']*)'")
ENDPOINT = re.compile(r"endpoint = '([^']*)'")


class Ours:
    """The project with this package."""

    def __init__(self, **variables):
        self.manage = [sys.executable, "manage.py"]
        path = str(omnibusd().parent)
        self.variables = {"PYTHONPATH": str(PACKAGE), "PATH": f"{path}:/usr/bin:/bin", **variables}


class Original:
    """The same project with the original and its shims."""

    def __init__(self, **variables):
        python = needed("OMNIBUS_TEST_PYTHON", "a Python with django-omnibus 0.2.0")
        self.manage = [python, PROJECTS / "with_original.py", NEWSROOM]
        self.variables = variables


class Site:
    """The project, with a server of its own."""

    def __init__(self, package, folder, **options):
        self.ports = Ports()
        self.http_port = free_port()
        options = {"NEWSROOM_" + name.upper(): value for name, value in options.items()}
        self._with = package(
            NEWSROOM_DATABASE_NAME=str(folder / "db.sqlite3"), **self.ports.of_newsroom(), **options
        )

    def manage(self, *arguments):
        """Run a command of the project to its end."""
        return run([*self._with.manage, *arguments], self._with.variables, cwd=NEWSROOM)

    def start(self, *arguments):
        """Start a command of the project."""
        return Program([*self._with.manage, *arguments], self._with.variables, cwd=NEWSROOM)

    @contextmanager
    def run(self):
        """Run server and site."""
        self.manage("migrate", "--verbosity", "0")
        self.manage("people")
        with self.start("omnibusd") as server:
            server.serves(self.ports.browsers)
            with self.start("runserver", "--noreload", str(self.http_port)) as site:
                site.serves(self.http_port)
                yield


class Visitor:
    """Somebody with a web browser's cookies."""

    def __init__(self, site):
        self._base = f"http://127.0.0.1:{site.http_port}"
        self._cookies = http.cookiejar.CookieJar()
        handler = urllib.request.HTTPCookieProcessor(self._cookies)
        self._opener = urllib.request.build_opener(handler)

    def get(self, path):
        """Return a page."""
        with self._opener.open(self._base + path, timeout=10) as answer:
            return answer.read().decode()

    def post(self, path, **fields):
        """Send a form of a page that was got before."""
        (csrf,) = [cookie.value for cookie in self._cookies if cookie.name == "csrftoken"]
        body = urllib.parse.urlencode({**fields, "csrfmiddlewaretoken": csrf}).encode()
        with self._opener.open(self._base + path, body, timeout=10) as answer:
            return answer.read().decode()

    def log_in(self, name):
        """Log in on the project's own page."""
        self.get("/login/")
        self.post("/login/", username=name, password="secret")

    def config(self):
        """Return what the page gives to its client: the endpoint, and the token."""
        page = self.get("/")
        return ENDPOINT.search(page)[1], TOKEN.search(page)[1]


@pytest.mark.parametrize("package", [Ours, Original])
def test_project_announces_news_to_a_browser(package, tmp_path):
    site = Site(package, tmp_path)
    with site.run():
        visitor = Visitor(site)
        url, token = visitor.config()
        assert (url, token) == (site.ports.url, "")
        with Browser(url) as browser:
            assert browser.ask("subscribe", "news")
            if package is Original:
                browser.warm_up(lambda: visitor.post("/announce/", text="warm-up"))
            assert '"published": true' in visitor.post("/announce/", text="from a view")
            assert browser.hear_other_than("warm-up") == (
                'news:{"sender": "newsroom", "type": "headline", "payload": {"text": "from a view"}}'
            )
            if package is Ours:
                site.manage("announce", "from the command line")
                assert "from the command line" in browser.hear()


@pytest.mark.parametrize("package", [Ours, Original])
def test_page_gives_its_user_a_token_that_names_them(package, tmp_path):
    site = Site(package, tmp_path)
    with site.run():
        visitor = Visitor(site)
        assert visitor.config()[1] == ""
        visitor.log_in("ben")
        user, _, token = visitor.config()[1].partition(":")
        assert user == "2"
        form = r"v2\.[0-9]+\.-\.[0-9a-f]{64}" if package is Ours else "[0-9a-f]{40}"
        assert re.fullmatch(form, token)


@pytest.mark.parametrize("package", [Ours, Original])
def test_staff_publish_readers_read_and_nobody_does_neither(package, tmp_path):
    site = Site(package, tmp_path, authenticator="user")
    with site.run():
        ada, ben = (Visitor(site) for _ in range(2))
        ada.log_in("ada")
        ben.log_in("ben")
        url = site.ports.url
        with Browser(url, "a", ada.config()[1]) as staff, Browser(url, "b", ben.config()[1]) as reader:
            assert staff.is_authenticated and reader.is_authenticated
            assert staff.ask("subscribe", "talk") and reader.ask("subscribe", "talk")
            if package is Original:
                warm_up = 'talk:{"type":"warm-up","sender":"a"}'
                staff.warm_up(lambda: staff.socket.send(warm_up))
            reader.socket.send('talk:{"type":"say","sender":"b","payload":{"n":1}}')
            staff.socket.send('talk:{"type":"say","sender":"a","payload":{"n":2}}')
            assert reader.hear_other_than("warm-up") == (
                'talk:{"type":"say","sender":"a","payload":{"n":2}}'
            )
        with Browser(url, "c") as nobody:
            assert nobody.is_authenticated
            assert not nobody.ask("subscribe", "talk")
        forged = ada.config()[1].replace("1:", "3:", 1)
        with Browser(url, "d", forged) as forger:
            assert not forger.is_authenticated


def test_user_who_is_deactivated_is_out_within_5_seconds(tmp_path):
    site = Site(Ours, tmp_path, authenticator="user")
    with site.run():
        ben = Visitor(site)
        ben.log_in("ben")
        with Browser(site.ports.url, "b", ben.config()[1]) as reader:
            assert reader.ask("subscribe", "talk")
            deactivate = "from django.contrib.auth.models import User as U;"
            site.manage("shell", "-c", deactivate + "U.objects.filter(pk=2).update(is_active=False)")
            began = time.monotonic()
            with pytest.raises(ConnectionClosed):
                reader.hear()
            assert time.monotonic() - began < 5


def test_signals_reach_the_server_that_manage_py_started(tmp_path):
    site = Site(Ours, tmp_path)
    with site.start("omnibusd") as server:
        server.serves(site.ports.browsers)
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(10) == 0


def test_mistake_in_a_setting_ends_the_command_as_it_ends_the_server(tmp_path):
    site = Site(Ours, tmp_path)
    with site.start("omnibusd", "--", "--server-prot", "1") as server:
        assert server.process.wait(10) == 78
        server._reader.join()
        assert "--server-prot" in server.log()


def test_all_that_differs_is_the_line_of_the_requirements():
    assert (NEWSROOM / "requirements.txt").read_text() == "Django\ndjango-omnibus==0.2.0\n"
    for path in NEWSROOM.rglob("*.py"):
        text = path.read_text()
        assert "realtime" not in text, path
        compile(text, path, "exec")
