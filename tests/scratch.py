"""Where tests keep their databases: apart from the package, since the environment is set before that is loaded."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path


def scratch() -> Path:
    """Memory where there is room for it: most of a test's time would be making and deleting thousands of files.

    Otherwise the system's directory for temporary files. Other accounts can pass through both.
    """
    memory = Path("/dev/shm")
    roomy = memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > 2**32
    return memory if roomy else Path(tempfile.gettempdir())
