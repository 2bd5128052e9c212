"""How does one run the original server, django-omnibus 0.2.0, as a peer in a test.

    OMNIBUS_SERVER_PORT=4242 python original_server.py [--exit-with-stdin] [--log LEVEL]

It runs the original's own management command `omnibusd`, as director (the original's default),
as forwarder (OMNIBUS_DIRECTOR_ENABLED=false OMNIBUS_FORWARDER_ENABLED=true) or as neither. When
the loop runs and the port listens it prints one line `ready`; whether a forwarder has reached
its director by then is ZeroMQ's business and not known here.
With `--exit-with-stdin` it ends when its standard input does, so that no server outlives a test
that was killed.
"""

import argparse
import logging
import os
import sys
import threading

import environment
import shims


def main():
    """Configure, shim, create the users, and run the command."""
    arguments = parse_arguments()
    logging.basicConfig(level=arguments.log.upper(), stream=sys.stderr)
    shims.before_django()
    environment.configure()
    loop = shims.install()
    create_users()
    if arguments.exit_with_stdin:
        threading.Thread(target=exit_with_stdin, daemon=True).start()
    # The command listens before it starts the loop, so this runs once both are done.
    loop.add_callback(lambda: print("ready", flush=True))

    from django.core.management import call_command

    call_command("omnibusd")


def parse_arguments():
    """Read the command line."""
    parser = argparse.ArgumentParser(description="Runs the original django-omnibus server.")
    parser.add_argument("--exit-with-stdin", action="store_true", help="end when standard input ends")
    parser.add_argument("--log", default="warning", help="level of what goes to standard error")
    return parser.parse_args()


def create_users():
    """Create the users of `ORIGINAL_USERS`; without any the database is left alone."""
    users = environment.users()
    if not users:
        return
    from django.contrib.auth.models import User
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    for user in users:
        User.objects.create(
            pk=user["id"],
            username=user.get("name", "user%s" % user["id"]),
            is_staff=user.get("staff", False),
            is_active=user.get("active", True),
        )


def exit_with_stdin():
    """Wait for the end of standard input and end the process as a kill would."""
    while os.read(0, 4096):
        pass
    os._exit(0)


if __name__ == "__main__":
    main()
