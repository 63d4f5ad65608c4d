"""The ``kvorum`` command: the same one that cargo builds, run inside this process."""

import signal
import sys

from kvorum import _native
from kvorum.errors import InternalError

# What a native command exits with after a panic.
PANIC_CODE = 101


def main() -> None:
    """Runs the command with this process's arguments and exits with its code."""
    # Python's own handler would only set a flag that nobody looks at while Rust runs. With the
    # system's default Ctrl-C ends the command at once, as it does for the native one; the server of
    # `kvorum learn` puts its own handler in place.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        code = _native.cli_main(["kvorum", *sys.argv[1:]])
    except InternalError as error:
        print(f"kvorum: {error}", file=sys.stderr)
        code = PANIC_CODE
    sys.exit(code)


if __name__ == "__main__":
    main()
