"""`python -m eventos_core …`: the command line of an installation."""

from __future__ import annotations

import gc
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry point, see `eventos_core.cli.main`; importing the program takes most of a short command's time."""
    # Hundreds of thousands of objects that stay: looking for garbage among them is a third of that time.
    gc.disable()
    from eventos_core import cli

    gc.freeze()
    gc.enable()
    cli.main(arguments)


if __name__ == "__main__":
    main()
