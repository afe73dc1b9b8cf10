"""What goes wrong with files, in the words of Linux (strerror)."""

from __future__ import annotations

STRERROR = {
    "ENOENT": "No such file or directory",
    "ENOTDIR": "Not a directory",
    "EISDIR": "Is a directory",
    "EEXIST": "File exists",
    "EIO": "Input/output error",
    "ENXIO": "No such device or address",
    "EACCES": "Permission denied",
    "EPERM": "Operation not permitted",
    "EROFS": "Read-only file system",
    "ENOTEMPTY": "Directory not empty",
    "EBUSY": "Device or resource busy",
    "ELOOP": "Too many levels of symbolic links",
    "ENOSPC": "No space left on device",
    "EDQUOT": "Disk quota exceeded",
    "EINVAL": "Invalid argument",
    "EXDEV": "Invalid cross-device link",
    "ENAMETOOLONG": "File name too long",
    "EFBIG": "File too large",
}


class FileError(Exception):
    """A file operation failed.

    Args:
        code: errno's name, e.g. "ENOENT".
        path: what it was about.
    """

    def __init__(self, code: str, path: str) -> None:
        super().__init__(f"{path}: {STRERROR[code]}")
        self.code = code
        self.path = path
        self.reason = STRERROR[code]
