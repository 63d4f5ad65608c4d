from kvorum import Ambiguous, Cluster

for w in (1, 2, 3):
    # Every fifth message is lost. All carts are written through n1.
    cluster = Cluster(nodes=3, loss=0.2, repair=0, seed=7)
    kept = []
    for i in range(500):
        try:
            cluster.put(f"cart:{i}", "milk", via="n1", write=w)
            kept.append(f"cart:{i}")
        except Ambiguous:
            pass
    # n1 burns down, disk and all. Who else has the carts that were acknowledged?
    cluster.wipe("n1")
    cluster.settle()
    gone = [key for key in kept if not cluster.peek("n2", key) + cluster.peek("n3", key)]
    print(f"W={w}: {len(kept)} of 500 acknowledged, {len(gone)} of those gone")
