"""Kvorum: a distributed key-value store that you learn by running, breaking and rebuilding it.

>>> import kvorum
>>> with kvorum.Cluster(nodes=5, seed=7) as cluster:
...     _ = cluster.put("cart", "milk", via="n1")
...     cluster.partition(["n1", "n2"], ["n3", "n4", "n5"])
...     cluster.get("cart", via="n1", read=1).value
b'milk'
"""

import os

from kvorum import errors
from kvorum._native import (
    Cluster,
    Context,
    Lease,
    Read,
    Report,
    Ring,
    Step,
    Trace,
    __version__,
    _after_fork,
    run_script,
)
from kvorum.errors import (
    Ambiguous,
    CheckFailed,
    Closed,
    Conflict,
    Corruption,
    DiskFull,
    InternalError,
    InvalidArgument,
    Io,
    KvorumError,
    Overloaded,
    ScriptError,
    TooLarge,
    Unavailable,
)

__all__ = [
    "Ambiguous",
    "CheckFailed",
    "Closed",
    "Cluster",
    "Conflict",
    "Context",
    "Corruption",
    "DiskFull",
    "InternalError",
    "InvalidArgument",
    "Io",
    "KvorumError",
    "Lease",
    "Overloaded",
    "Read",
    "Report",
    "Ring",
    "ScriptError",
    "Step",
    "TooLarge",
    "Trace",
    "Unavailable",
    "__version__",
    "errors",
    "run_script",
]

# A thread of the parent may have held a cluster's lock at the moment of the fork; in the child nobody
# would ever release it. So clusters made before a fork are closed in the child.
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
