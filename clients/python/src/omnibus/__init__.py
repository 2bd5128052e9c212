"""What does a Django project, or any Python program, need to talk to Omnibus.

Publish with :mod:`omnibus.api`; the README describes the rest.
"""

VERSION = "0.1.0"
"""The version of this package and of the server that comes with it."""

__version__ = VERSION
