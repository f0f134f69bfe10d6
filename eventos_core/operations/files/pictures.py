"""Pictures: how large they are, and small copies of them; bounded, because a few bytes can unpack to gigabytes."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from PIL import Image, ImageOps, UnidentifiedImageError

from eventos_core.kernel.errors import FileRefused
from eventos_core.operations.files import limits

_FORMATS = {
    "image/jpeg": "JPEG",
    "image/png": "PNG",
    "image/webp": "WEBP",
    "image/gif": "GIF",
    "image/avif": "AVIF",
    "image/tiff": "TIFF",
}
_TURNED = (5, 6, 7, 8)
_ORIENTATION = 0x0112
_one_at_a_time = threading.Lock()
"""Unpacking the largest picture takes some 240 MB; several at once would be too much for a small machine."""


def is_readable(content_type: str) -> bool:
    """Whether thumbnails can be made of this type."""
    return content_type in _FORMATS


def measure(content: bytes, content_type: str) -> tuple[int, int]:
    """Width and height in pixels as the picture is to be seen, from its header alone.

    Raises FileRefused for what is no such picture, or would unpack to more than `limits.MAX_PIXELS`.
    """
    with _opened(content, content_type) as picture:
        width, height = picture.size
        turned = picture.getexif().get(_ORIENTATION) in _TURNED
    return (height, width) if turned else (width, height)


def thumbnail(content: bytes, content_type: str) -> bytes:
    """A WebP copy of at most `limits.THUMBNAIL_EDGE` pixels, upright, without what cameras note beside the picture.

    Of a moving picture its first frame. Raises FileRefused.
    """
    edge = limits.THUMBNAIL_EDGE
    with _one_at_a_time, _opened(content, content_type) as picture:
        picture.draft("RGB", (2 * edge, 2 * edge))  # JPEG unpacks to a fraction of its size
        upright = ImageOps.exif_transpose(picture)
        clear = "A" in upright.getbands() or "transparency" in upright.info
        small = upright.convert("RGBA" if clear else "RGB")
        small.thumbnail((edge, edge), Image.Resampling.LANCZOS)
        out = io.BytesIO()
        small.save(out, "WEBP", quality=82, method=4, exif=b"", icc_profile=b"")
    return out.getvalue()


@contextmanager
def _opened(content: bytes, content_type: str) -> Iterator[Image.Image]:
    try:
        with Image.open(io.BytesIO(content), formats=[_FORMATS[content_type]]) as picture:
            width, height = picture.size
            if width * height > limits.MAX_PIXELS:
                raise FileRefused(
                    f"The picture has {width} × {height} pixels.",
                    hint=f"At most {limits.MAX_PIXELS // 1_000_000} million are taken; save a smaller copy.",
                )
            yield picture
    except Image.DecompressionBombError as error:
        raise FileRefused("The picture would unpack to far too many pixels.", hint="Save a smaller copy.") from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError, MemoryError) as error:
        raise FileRefused("The picture is damaged.", hint="Open it in a picture program and save it anew.") from error
