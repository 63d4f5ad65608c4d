from kvorum import Cluster

CARTS = 300


def missed(write: int, wait_ms: int) -> int:
    """How many reads at R = 1, spread over the three owners, miss the put."""
    count = 0
    with Cluster(nodes=5, seed=7, write=write, read=1) as cluster:
        for i in range(CARTS):
            key = f"cart:{i}"
            owners = cluster.owners(key)
            cluster.put(key, "milk", via=owners[0])
            cluster.run_for(wait_ms / 1000)
            # An owner that coordinates a read at R = 1 asks itself.
            count += not cluster.get(key, via=owners[i % 3]).values
    return count


for wait_ms in range(6):
    w1, w2 = missed(1, wait_ms), missed(2, wait_ms)
    print(f"{wait_ms} ms after the ok: W=1 missed {w1}, W=2 missed {w2} of {CARTS}")
