"""The errors of Kvorum: one tree, under the same names in Rust, Python and Java.

Catch :class:`KvorumError` for all of them. ``code`` is a stable name to match on, the one that a
scenario script writes after ``-> error``; ``retryable`` says whether the same call may succeed later.
"""

from typing import ClassVar

__all__ = [
    "Ambiguous",
    "CheckFailed",
    "Closed",
    "Conflict",
    "Corruption",
    "DiskFull",
    "InternalError",
    "InvalidArgument",
    "Io",
    "KvorumError",
    "Overloaded",
    "ScriptError",
    "TooLarge",
    "Unavailable",
]


class KvorumError(Exception):
    """The root of the tree."""

    code: ClassVar[str] = "error"
    retryable: ClassVar[bool] = False


class Unavailable(KvorumError):
    """Too few replicas could be reached, and nothing was changed. Retry once the fault has passed."""

    code = "unavailable"
    retryable = True


class Ambiguous(KvorumError):
    """A write ran out of time: it may live on. Retry only a write that may be applied twice."""

    code = "ambiguous"
    retryable = True


class Conflict(KvorumError):
    """There is another version, or more than one. Nothing was changed; read again and decide."""

    code = "conflict"


class TooLarge(KvorumError):
    """An argument is larger than its limit. Nothing was changed."""

    code = "too-large"


class Overloaded(KvorumError):
    """A bounded queue or table is full. Nothing was changed; back off and retry."""

    code = "overloaded"
    retryable = True


class Corruption(KvorumError):
    """Stored bytes fail their checksum or make no sense. They are kept for inspection."""

    code = "corruption"


class Closed(KvorumError):
    """The cluster has been closed, has failed, or belongs to the process that forked this one."""

    code = "closed"


class InvalidArgument(KvorumError, ValueError):
    """An argument makes no sense; the text says what would. Nothing was changed."""

    code = "invalid-argument"


class Io(KvorumError):
    """The disk failed. A write in flight may or may not survive; open the store again to see."""

    code = "io"


class DiskFull(KvorumError):
    """The disk has no room left. Nothing was changed, and reads go on; free some space and retry."""

    code = "disk-full"
    retryable = True


class ScriptError(InvalidArgument):
    """A scenario script cannot be understood; nothing of it ran. The text starts ``file:line:column:``."""

    file: str
    line: int
    column: int
    reason: str

    def __init__(self, text: str, file: str = "", line: int = 0, column: int = 0, reason: str = "") -> None:
        super().__init__(text)
        self.file = file
        self.line = line
        self.column = column
        self.reason = reason

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (str(self), self.file, self.line, self.column, self.reason)


class CheckFailed(KvorumError):
    """A check of the cluster does not hold; the text names the replica or the write."""

    code = "check-failed"


class InternalError(KvorumError):
    """A bug of Kvorum: a Rust panic, caught. The cluster it happened in is closed."""

    code = "internal"
