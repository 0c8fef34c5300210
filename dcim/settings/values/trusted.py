"""Files of certificates (PEM) that say whom to trust, for whatever speaks TLS to others."""

from __future__ import annotations

import ssl
import stat
from pathlib import Path
from typing import Annotated, TypeAlias

from pydantic import AfterValidator


def trusted(path: Path) -> Path:
    """Return the path of a file that holds certificates which can be trusted now; raise ValueError."""
    if not path.is_absolute():
        msg = "the path must begin with /: the daemon runs in another folder than you"
        raise ValueError(msg)
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # a pipe would be waited for
            msg = f"expected a file of certificates (PEM), found {str(path)!r}: not a regular file"
            raise ValueError(msg)
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cafile=str(path))
    except ssl.SSLError:
        msg = f"expected certificates (PEM) in {str(path)!r}, found none that can be read"
        raise ValueError(msg) from None
    except OSError as why:
        msg = f"expected a file of certificates (PEM), found {str(path)!r}: {why.strerror or why}"
        raise ValueError(msg) from None
    return path


CaFile: TypeAlias = Annotated[Path, AfterValidator(trusted)]
"""A file of certificates that is there when the configuration is read."""
