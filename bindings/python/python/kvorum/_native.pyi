from collections.abc import Iterable, Mapping, Sequence
from types import TracebackType
from typing import Literal, Self, TypedDict, final

__all__ = [
    "Cluster",
    "Context",
    "Lease",
    "Read",
    "Report",
    "Ring",
    "Step",
    "Trace",
    "__version__",
    "_after_fork",
    "_panic_for_test",
    "cli_main",
    "error_codes",
    "run_script",
]

__version__: str

_Level = (
    int
    | Literal[
        "one",
        "two",
        "quorum",
        "all",
        "local_one",
        "local_quorum",
        "each_quorum",
        "any",
        "serial",
        "local_serial",
    ]
)
_Kind = Literal[
    "siblings",
    "lww",
    "lww-wall",
    "merge",
    "gcounter",
    "counter",
    "orset",
    "map",
    "register",
    "cas",
]
_Placement = Literal[
    "ring", "allocated", "partitions", "slots", "modulo", "rendezvous", "jump"
]

class _Config(TypedDict):
    nodes: int
    seed: int
    zones: int
    tokens: int
    replication: int
    read: _Level
    write: _Level
    conflict: _Kind
    ttl: float | None
    placement: _Placement
    sloppy: bool
    readrepair: Literal["off", "async", "blocking"]
    digests: bool
    hedge: Literal["off", "p99"] | float
    hints: bool
    hintwindow: float
    hintrate: int
    repair: float
    repairrate: int
    purge: Literal["off", "safe", "grace"]
    purgeevery: float
    grace: float
    detector: Literal["swim", "phi", "off"]
    gossip: float
    health: bool
    rate: int
    burst: int
    timeout: float
    delay_min: float
    delay_max: float
    loss: float
    duplicate: float
    reorder: float
    mutant: str | None

class _Member(TypedDict):
    node: str
    zone: str
    weight: int

class _Topology(TypedDict):
    epoch: int
    members: list[_Member]
    moving: bool
    coming: list[_Member] | None

@final
class Context:
    def __new__(cls, data: bytes | str, /) -> Self: ...
    def __bytes__(self) -> bytes: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __ne__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...

@final
class Lease:
    @property
    def name(self) -> str: ...
    @property
    def holder(self) -> str: ...
    @property
    def token(self) -> int: ...
    @property
    def version(self) -> int: ...
    @property
    def until(self) -> float: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __ne__(self, other: object, /) -> bool: ...

@final
class Read:
    @property
    def values(self) -> list[bytes]: ...
    @property
    def context(self) -> Context: ...
    @property
    def version(self) -> int: ...
    @property
    def value(self) -> bytes | None: ...
    def __len__(self) -> int: ...

@final
class Trace:
    @property
    def hash(self) -> str: ...
    @property
    def count(self) -> int: ...
    def svg(
        self,
        *,
        upkeep: bool = False,
        start: float | None = None,
        end: float | None = None,
        max_messages: int = 200,
    ) -> str: ...
    def text(
        self,
        *,
        width: int = 100,
        upkeep: bool = False,
        start: float | None = None,
        end: float | None = None,
        max_messages: int = 200,
    ) -> str: ...
    def _repr_svg_(self) -> str: ...
    def __len__(self) -> int: ...

@final
class Cluster:
    def __new__(
        cls,
        nodes: int = 5,
        *,
        seed: int = 0,
        zones: int = 1,
        tokens: int = 16,
        replication: int = 3,
        read: _Level = 2,
        write: _Level = 2,
        conflict: _Kind = "siblings",
        ttl: float | None = None,
        placement: _Placement = "ring",
        sloppy: bool = False,
        readrepair: bool | Literal["off", "async", "blocking"] = "async",
        digests: bool = True,
        hedge: Literal["off", "p99"] | float = "p99",
        hints: bool = True,
        hintwindow: float = 10800.0,
        hintrate: int = 1048576,
        repair: float = 1.0,
        repairrate: int = 0,
        purge: Literal["off", "safe", "grace"] = "safe",
        purgeevery: float = 60.0,
        grace: float = 60.0,
        detector: Literal["swim", "phi", "off"] = "swim",
        gossip: float = 1.0,
        health: bool = True,
        rate: int = 0,
        burst: int = 100,
        timeout: float = 0.5,
        delay_min: float = 0.001,
        delay_max: float = 0.005,
        loss: float = 0.0,
        duplicate: float = 0.0,
        reorder: float = 0.0,
        mutant: str | None = None,
    ) -> Self: ...
    def put(
        self,
        key: bytes | str,
        value: bytes | str,
        *,
        via: str | None = None,
        write: _Level | None = None,
        context: Context | None = None,
        timeout: float | None = None,
        table: str | None = None,
        ttl: float | None = None,
        token: int | None = None,
        to: Iterable[str] | None = None,
        session: str | None = None,
    ) -> Context: ...
    def get(
        self,
        key: bytes | str,
        *,
        via: str | None = None,
        read: _Level | None = None,
        timeout: float | None = None,
        table: str | None = None,
        to: Iterable[str] | None = None,
        session: str | None = None,
    ) -> Read: ...
    def delete(
        self,
        key: bytes | str,
        *,
        via: str | None = None,
        write: _Level | None = None,
        context: Context | None = None,
        timeout: float | None = None,
        table: str | None = None,
        token: int | None = None,
        to: Iterable[str] | None = None,
        session: str | None = None,
    ) -> Context: ...
    def table(
        self,
        name: str,
        conflict: _Kind = "siblings",
        replication: int | None = None,
        ttl: float | None = None,
    ) -> None: ...
    def incr(
        self,
        key: bytes | str,
        by: int = 1,
        *,
        if_absent: bool = False,
        if_exists: bool = False,
        if_version: int | None = None,
        if_value: bytes | str | None = None,
        via: str | None = None,
        write: _Level | None = None,
        timeout: float | None = None,
        table: str | None = None,
        token: int | None = None,
        to: Iterable[str] | None = None,
        session: str | None = None,
    ) -> Read: ...
    def cas(
        self,
        key: bytes | str,
        value: bytes | str,
        *,
        if_absent: bool = False,
        if_exists: bool = False,
        if_version: int | None = None,
        if_value: bytes | str | None = None,
        via: str | None = None,
        timeout: float | None = None,
        table: str | None = None,
        ttl: float | None = None,
        token: int | None = None,
    ) -> Read: ...
    def cas_delete(
        self,
        key: bytes | str,
        *,
        if_absent: bool = False,
        if_exists: bool = False,
        if_version: int | None = None,
        if_value: bytes | str | None = None,
        via: str | None = None,
        timeout: float | None = None,
        table: str | None = None,
        token: int | None = None,
    ) -> Read: ...
    def acquire_lease(
        self,
        name: str,
        holder: str,
        ttl: float,
        *,
        via: str | None = None,
        timeout: float | None = None,
        table: str | None = None,
    ) -> Lease: ...
    def renew_lease(
        self,
        lease: Lease,
        ttl: float,
        *,
        via: str | None = None,
        timeout: float | None = None,
        table: str | None = None,
    ) -> Lease: ...
    def release_lease(
        self,
        lease: Lease,
        *,
        via: str | None = None,
        timeout: float | None = None,
        table: str | None = None,
    ) -> None: ...
    def add(
        self,
        key: bytes | str,
        element: bytes | str,
        *,
        via: str | None = None,
        write: _Level | None = None,
        timeout: float | None = None,
        table: str | None = None,
        token: int | None = None,
        to: Iterable[str] | None = None,
        session: str | None = None,
    ) -> Context: ...
    def remove(
        self,
        key: bytes | str,
        element: bytes | str,
        *,
        via: str | None = None,
        write: _Level | None = None,
        timeout: float | None = None,
        table: str | None = None,
        token: int | None = None,
        to: Iterable[str] | None = None,
        session: str | None = None,
    ) -> Context: ...
    def scan(
        self,
        start: bytes | str = b"",
        end: bytes | str | None = None,
        *,
        prefix: bytes | str | None = None,
        limit: int = 1000,
        via: str | None = None,
        read: _Level | None = None,
        timeout: float | None = None,
        table: str | None = None,
    ) -> list[tuple[bytes, list[bytes]]]: ...
    def join(
        self,
        node: str,
        zone: str | None = None,
        weight: int | None = None,
        *,
        via: str | None = None,
    ) -> int: ...
    def leave(self, node: str, dead: bool = False, *, via: str | None = None) -> int: ...
    def replace(self, old: str, new: str, *, via: str | None = None) -> int: ...
    def change_member(
        self,
        node: str,
        zone: str | None = None,
        weight: int | None = None,
        *,
        via: str | None = None,
    ) -> int: ...
    def set_copies(
        self, copies: int, table: str | None = None, *, via: str | None = None
    ) -> int: ...
    def cancel_move(self, *, via: str | None = None) -> int: ...
    def run_until_moved(self, within: float = 60.0) -> None: ...
    def topology(self) -> _Topology: ...
    def kill(self, node: str) -> None: ...
    def restart(self, node: str) -> None: ...
    def wipe(self, node: str) -> None: ...
    def pause(self, node: str, seconds: float) -> None: ...
    def partition(self, *groups: Iterable[str]) -> None: ...
    def oneway(self, source: str, target: str) -> None: ...
    def isolate(self, node: str) -> None: ...
    def hold(self, source: str, target: str) -> None: ...
    def release(self, source: str, target: str) -> None: ...
    def heal(self) -> None: ...
    def run_for(self, seconds: float) -> None: ...
    def settle(self) -> None: ...
    def note(self, text: str) -> None: ...
    def owners(self, key: bytes | str) -> list[str]: ...
    def peek(self, node: str, key: bytes | str) -> list[bytes]: ...
    def is_up(self, node: str) -> bool: ...
    def check_converged(self) -> None: ...
    def check_no_lost_writes(self) -> None: ...
    def check_linearizable(self) -> None: ...
    def check_causal(self) -> None: ...
    def check_no_resurrection(self) -> None: ...
    def check_topology(self) -> None: ...
    def stats(self) -> dict[str, int]: ...
    @property
    def epoch(self) -> int: ...
    @property
    def nodes(self) -> list[str]: ...
    @property
    def now(self) -> float: ...
    @property
    def config(self) -> _Config: ...
    @property
    def trace(self) -> Trace: ...
    @property
    def ring(self) -> Ring: ...
    @property
    def closed(self) -> bool: ...
    def close(self) -> None: ...
    def __enter__(self) -> Self: ...
    def __exit__(
        self,
        kind: type[BaseException] | None = None,
        error: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None: ...

@final
class Ring:
    def __new__(
        cls,
        nodes: int | Iterable[str],
        *,
        tokens: int = 16,
        seed: int = 0,
        weights: Mapping[str, int] | None = None,
        zones: int | Mapping[str, str] | None = None,
    ) -> Self: ...
    def owner(self, key: bytes | str) -> str: ...
    def preference_list(self, key: bytes | str, n: int) -> list[str]: ...
    def add(self, node: str, *, weight: int = 1, zone: str = "z1") -> Ring: ...
    def remove(self, node: str) -> Ring: ...
    def shares(self) -> dict[str, float]: ...
    def moved(self, other: Ring, keys: int = 100000, *, n: int = 1) -> float: ...
    @property
    def nodes(self) -> list[str]: ...
    @property
    def tokens(self) -> list[tuple[int, str]]: ...
    def text(self, key: bytes | str | None = None, n: int = 3, *, width: int = 100) -> str: ...
    def svg(self, key: bytes | str | None = None, n: int = 3) -> str: ...
    def _repr_svg_(self) -> str: ...
    def __len__(self) -> int: ...

@final
class Step:
    @property
    def line(self) -> int: ...
    @property
    def source(self) -> str: ...
    @property
    def label(self) -> str | None: ...
    @property
    def printed(self) -> str: ...
    @property
    def expected(self) -> str | None: ...
    @property
    def ok(self) -> bool: ...
    @property
    def detail(self) -> str | None: ...
    @property
    def title(self) -> str | None: ...
    @property
    def svg(self) -> str | None: ...
    def _repr_svg_(self) -> str | None: ...

@final
class Report:
    @property
    def passed(self) -> bool: ...
    @property
    def steps(self) -> list[Step]: ...
    @property
    def trace_hash(self) -> str: ...
    @property
    def trace(self) -> Trace: ...
    def svg(self) -> str: ...
    def _repr_svg_(self) -> str: ...

def run_script(text: str, *, name: str = "<script>", seed: int | None = None) -> Report: ...
def cli_main(args: Sequence[str]) -> int: ...
def error_codes() -> list[tuple[str, str, bool]]: ...
def _after_fork() -> None: ...
def _panic_for_test(cluster: Cluster | None = None) -> None: ...
