"""What an import file may hold; checked before anything is stored."""

from __future__ import annotations

MAX_BYTES = 25 * 1024 * 1024
"""Size of an uploaded file."""
MAX_ROWS = 200_000
"""Rows below the header that are not blank."""
MAX_COLUMNS = 200
"""Columns of the header."""
MAX_CELL = 32_767
"""Characters in one cell: what a spreadsheet cell can hold itself."""
MAX_INFLATED = 256 * 1024 * 1024
"""Bytes that a workbook may unpack to: about ten times the largest upload, far below a zip bomb."""
MAX_EXTENT = 12_000_000
"""Cells in the rectangle around a sheet's data; the reader allocates all of it."""


def megabytes(count: int) -> str:
    """A byte count as a person reads it, e.g. `26.2 MB` (1 MB = 1,048,576 bytes, as the limits count)."""
    return f"{count / (1024 * 1024):.1f} MB"
