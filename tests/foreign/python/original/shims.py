"""What does the original need to run on libraries ten years younger than itself.

Five shims and nothing else: what is shimmed is the libraries' side, the original's own code
runs as it was published. Call `before_django` before Django is imported and `install` after
`django.setup()`, before anything of `omnibus` is imported.
"""

import os
import warnings


def before_django():
    """Let the user authenticator's query run inside the event loop, as Django did before 3.0."""
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    # Not a shim: pkg_resources announces its end at each start, which no test wants to read.
    warnings.filterwarnings("ignore", "pkg_resources is deprecated")


def install():
    """Install the other four shims and return the loop that the server will run on."""
    _import_by_path()
    _check_origin()
    _is_authenticated()
    return _first_loop()


def _import_by_path():
    """Django 1.9 dropped `import_by_path` for `import_string`."""
    from django.utils import module_loading

    module_loading.import_by_path = module_loading.import_string


def _check_origin():
    """Tornado 4.0 began to refuse foreign origins; the original's tornado knew no such check."""
    from tornado.websocket import WebSocketHandler

    WebSocketHandler.check_origin = lambda handler, origin: True


def _is_authenticated():
    """Django 2.0 made `is_authenticated` an attribute; the context processor calls it."""
    from django.contrib.auth.base_user import AbstractBaseUser
    from django.contrib.auth.models import AnonymousUser

    AbstractBaseUser.is_authenticated = property(lambda user: _CallableFlag(True))
    AnonymousUser.is_authenticated = property(lambda user: _CallableFlag(False))


def _first_loop():
    """Make `IOLoop().instance()` the first loop again, as it was before tornado 5.

    The original opens its sockets on `IOLoop.instance()` and then runs `IOLoop().instance()`:
    today the latter would be a second, empty loop.
    """
    from tornado.ioloop import IOLoop

    loop = IOLoop.current()
    IOLoop.instance = staticmethod(lambda: loop)
    return loop


class _CallableFlag(int):
    """A truth value that may also be called."""

    def __call__(self):
        return bool(self)
