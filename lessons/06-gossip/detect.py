from kvorum import Cluster

for nodes in (5, 20, 50, 100):
    with Cluster(nodes, seed=7, repair=0) as cluster:
        cluster.run_for(10)
        cluster.kill("n5")
        seconds = suspect = changes = 0
        # Every other node changes its mind twice: suspect, then dead.
        while changes < 2 * (nodes - 1):
            cluster.run_for(1)
            seconds += 1
            changes = cluster.stats()["liveness_changes"]
            if changes >= nodes - 1 and suspect == 0:
                suspect = seconds
        print(f"{nodes} nodes: suspect after {suspect} s, dead after {seconds} s")
