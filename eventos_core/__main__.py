"""`python -m eventos_core …`: the command line of an installation."""

from __future__ import annotations

from eventos_core.cli import main

if __name__ == "__main__":
    main()
