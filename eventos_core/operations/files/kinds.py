"""What kinds of files are taken, and which of them a file really is: the bytes decide, not its name or the browser."""

from __future__ import annotations

import io
import unicodedata
import zipfile
from dataclasses import dataclass

import puremagic

from eventos_core.enums.base import LabelledEnum
from eventos_core.kernel.errors import FileRefused
from eventos_core.operations.files import limits

_HEAD = 64 * 1024
MAX_NAME = 255


class Family(LabelledEnum):
    """What a file is to a person who looks for one."""

    PICTURE = "picture"
    VIDEO = "video"
    SOUND = "sound"
    DOCUMENT = "document"

    @property
    def media_kinds(self) -> list[str]:
        """First parts of the content types that count."""
        named = {"picture": ["image"], "video": ["video"], "sound": ["audio"]}
        return named.get(self.value, ["application", "text"])


@dataclass(frozen=True)
class Kind:
    """One kind of file.

    `signatures` are the names that puremagic gives such bytes, any of which will do; none for text, which has no
    signature. `inside` begins the name of a part that such a zip holds; `mimetype` is what its first part says.
    """

    name: str
    content_type: str
    endings: tuple[str, ...]
    signatures: frozenset[str] = frozenset()
    inline: bool = False
    """Whether a browser may show it: never what can carry scripts, such as SVG, HTML or PDF."""
    inside: str = ""
    mimetype: str = ""


def _kind(
    name: str,
    content_type: str,
    endings: str,
    signatures: str = "",
    *,
    inline: bool = False,
    inside: str = "",
    mimetype: str = "",
) -> Kind:
    return Kind(name, content_type, tuple(endings.split()), frozenset(signatures.split()), inline, inside, mimetype)


_OFFICE = "application/vnd.openxmlformats-officedocument."
_OPEN = "application/vnd.oasis.opendocument."
KINDS: tuple[Kind, ...] = (
    _kind("JPEG picture", "image/jpeg", "jpg jpeg", ".jpg .jpeg", inline=True),
    _kind("PNG picture", "image/png", "png", ".png", inline=True),
    _kind("WebP picture", "image/webp", "webp", ".webp", inline=True),
    _kind("GIF picture", "image/gif", "gif", ".gif", inline=True),
    _kind("AVIF picture", "image/avif", "avif", ".avif", inline=True),
    _kind("TIFF picture", "image/tiff", "tif tiff", ".tif .tiff"),
    _kind("HEIC picture", "image/heic", "heic heif", ".heic .heif"),
    _kind("SVG drawing", "image/svg+xml", "svg", ".svg"),
    _kind("Photoshop picture", "image/vnd.adobe.photoshop", "psd", ".psd"),
    _kind("EPS drawing", "application/postscript", "eps", ".eps"),
    _kind("Illustrator drawing", "application/pdf", "ai", ".pdf"),
    _kind("AutoCAD drawing", "image/vnd.dwg", "dwg", ".dwg"),
    _kind("MP4 film", "video/mp4", "mp4 m4v", ".mp4 .m4v", inline=True),
    _kind("QuickTime film", "video/quicktime", "mov", ".mov .qt", inline=True),
    _kind("WebM film", "video/webm", "webm", ".webm .mkv", inline=True),
    _kind("MP3 sound", "audio/mpeg", "mp3", ".mp3", inline=True),
    _kind("WAV sound", "audio/wav", "wav", ".wav", inline=True),
    _kind("M4A sound", "audio/mp4", "m4a", ".m4a", inline=True),
    _kind("PDF document", "application/pdf", "pdf", ".pdf"),
    _kind("Word document", f"{_OFFICE}wordprocessingml.document", "docx", ".docx", inside="word/"),
    _kind("Excel workbook", f"{_OFFICE}spreadsheetml.sheet", "xlsx", ".xlsx", inside="xl/"),
    _kind("PowerPoint presentation", f"{_OFFICE}presentationml.presentation", "pptx", ".pptx", inside="ppt/"),
    _kind("OpenDocument text", f"{_OPEN}text", "odt", ".docx", mimetype=f"{_OPEN}text"),
    _kind("OpenDocument spreadsheet", f"{_OPEN}spreadsheet", "ods", ".docx", mimetype=f"{_OPEN}spreadsheet"),
    _kind("OpenDocument presentation", f"{_OPEN}presentation", "odp", ".docx", mimetype=f"{_OPEN}presentation"),
    _kind("Word document", "application/msword", "doc", ".doc"),
    _kind("Excel workbook", "application/vnd.ms-excel", "xls", ".doc .xls"),
    _kind("PowerPoint presentation", "application/vnd.ms-powerpoint", "ppt", ".doc .ppt"),
    _kind("RTF document", "application/rtf", "rtf", ".rtf"),
    _kind("calendar file", "text/calendar", "ics", ".ics"),
    _kind("contact card", "text/vcard", "vcf", ".vcf"),
    _kind("text", "text/plain", "txt md"),
    _kind("CSV file", "text/csv", "csv"),
    _kind("Zip archive", "application/zip", "zip", ".zip .docx"),
)
BY_ENDING = {ending: kind for kind in KINDS for ending in kind.endings}
TAKEN = "JPEG, PNG, WebP, GIF, AVIF, TIFF, HEIC, SVG, PSD, EPS, AI, DWG, film, sound, PDF, Office, text, calendar, zip"
"""The kinds in words, for hints."""
# Text has no signature, and a list of cars may begin like a bitmap (“BMW”); but a page with scripts is no text.
_DISGUISED = frozenset({".html", ".htm", ".svg", ".xml", ".exe"})
_INLINE = frozenset(kind.content_type for kind in KINDS if kind.inline)


def may_show(content_type: str) -> bool:
    """Whether a browser may show files of this type in its window; all others are downloads."""
    return content_type in _INLINE


def family_of(content_type: str) -> Family:
    """What a file of this type is to a person."""
    main = content_type.partition("/")[0]
    return {"image": Family.PICTURE, "video": Family.VIDEO, "audio": Family.SOUND}.get(main, Family.DOCUMENT)


def recognise(file_name: str, content: bytes) -> Kind:
    """The kind that name and bytes agree on. Raises FileRefused: empty, too large, not taken, or not what it says."""
    if not content:
        raise FileRefused("The file is empty.", hint="Choose the file again.")
    if len(content) > limits.MAX_BYTES:
        raise FileRefused(
            f"The file has {limits.size(len(content))}; {limits.size(limits.MAX_BYTES)} is the most.",
            hint="Make it smaller, or keep it elsewhere and note the link.",
        )
    kind = BY_ENDING.get(_ending(file_name))
    if kind is None:
        raise FileRefused(f"Files like “{clean_name(file_name)}” are not taken.", hint=f"These are: {TAKEN}.")
    found = _signatures(content)
    fits = bool(kind.signatures & found) if kind.signatures else _is_text(content) and not found & _DISGUISED
    if fits and (kind.inside or kind.mimetype):
        fits = _holds(content, kind)
    if not fits:
        raise FileRefused(
            f"“{clean_name(file_name)}” is not {_a(kind.name)}: its content is {_called(found, content)}.",
            hint=_way_on(file_name, found),
        )
    return kind


def clean_name(file_name: str) -> str:
    """A file name without path and control characters, at most 255 characters; its ending stays."""
    bare = unicodedata.normalize("NFC", file_name).replace("\\", "/").rpartition("/")[2]
    bare = " ".join("".join(c for c in bare if unicodedata.category(c)[0] != "C").split())
    if len(bare) > MAX_NAME:
        stem, dot, ending = bare.rpartition(".")
        bare = stem[: MAX_NAME - len(ending) - 1] + dot + ending if len(ending) < 10 else bare[:MAX_NAME]
    return bare or "file"


def _ending(file_name: str) -> str:
    return clean_name(file_name).rpartition(".")[2].lower()


def _signatures(content: bytes) -> frozenset[str]:
    try:
        return frozenset(match.extension for match in puremagic.magic_string(content[:_HEAD]))
    except (puremagic.PureError, ValueError):
        return frozenset()


def _is_text(content: bytes) -> bool:
    return b"\0" not in content


def _holds(content: bytes, kind: Kind) -> bool:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = archive.namelist()
            if kind.inside:
                return any(name.startswith(kind.inside) for name in names)
            first = archive.getinfo("mimetype")
            return first.file_size < 200 and archive.read(first).decode("ascii", "replace").strip() == kind.mimetype
    except (zipfile.BadZipFile, KeyError, OSError, RuntimeError, NotImplementedError):
        return False


def _called(found: frozenset[str], content: bytes) -> str:
    kind = next((kind for kind in KINDS if kind.signatures & found), None)
    if kind is not None:
        return f"that of {_a(kind.name)}"
    if found:
        return f"that of {_a(sorted(found)[0].lstrip('.') or 'program')} file"
    return "text" if _is_text(content[:_HEAD]) else "of no kind that is known"


def _way_on(file_name: str, found: frozenset[str]) -> str:
    """Programs and phones save pictures under the ending of another kind: a new name is enough then."""
    kind = next((kind for kind in KINDS if kind.inline and kind.signatures & found), None)
    if kind is None:
        return "Open it in the program that made it and save it anew."
    stem = clean_name(file_name).rpartition(".")[0]
    return f"If that is right, name it “{stem}.{kind.endings[0]}” and choose it again."


def _a(noun: str) -> str:
    return f"{'an' if noun[0] in 'AEIOaeio' or noun.startswith(('RTF', 'SVG', 'MP')) else 'a'} {noun}"
