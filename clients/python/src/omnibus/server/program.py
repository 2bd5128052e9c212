"""Where is the program ``omnibusd``."""

from __future__ import annotations

import os
import shutil
import sys
import sysconfig
from pathlib import Path
from typing import Final, Iterator, Optional

from django.core.exceptions import ImproperlyConfigured

from .. import settings

NAME: Final = "omnibusd"


def find() -> Path:
    """Return the program that ``OMNIBUS_SERVER_BINARY`` names, this package's, or the path's.

    Raises :class:`~django.core.exceptions.ImproperlyConfigured` where there is none.
    """
    named: Optional[str] = settings.SERVER_BINARY
    if named is not None:
        if not _is_program(Path(named)):
            raise ImproperlyConfigured(
                f"OMNIBUS_SERVER_BINARY is {named}, which is no program; give the path of omnibusd"
            )
        return Path(named)
    for path in _beside_python():
        if _is_program(path):
            return path
    on_path = shutil.which(NAME)
    if on_path is None:
        raise ImproperlyConfigured(
            "omnibusd is neither beside this Python nor on the search path; install this package"
            " from its wheel, or name the program with OMNIBUS_SERVER_BINARY"
        )
    return Path(on_path)


def _beside_python() -> Iterator[Path]:
    """Yield where pip puts the programs of a wheel: in the environment, or in the user's folder."""
    yield Path(sysconfig.get_path("scripts")) / NAME
    yield Path(sys.executable).parent / NAME
    yield Path(sysconfig.get_path("scripts", f"{os.name}_user")) / NAME


def _is_program(path: Path) -> bool:
    return path.is_file() and os.access(path, os.X_OK)
