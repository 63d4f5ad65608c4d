from kvorum import Cluster

for name, pause in [("hints alone", 0), ("hints and repair", 1)]:
    with Cluster(nodes=3, seed=7, repair=pause) as cluster:
        cluster.kill("n3")
        cluster.run_for(15)
        for cart in range(100):
            cluster.put(f"cart:{cart}", "milk", via="n1")
        cluster.wipe("n1")  # With its disk go the hints that it kept.
        cluster.restart("n1")
        cluster.restart("n3")
        cluster.run_for(20)
        lacks = sum(not cluster.peek("n3", f"cart:{cart}") for cart in range(100))
        print(f"{name}: n3 lacks {lacks} of 100 carts")
