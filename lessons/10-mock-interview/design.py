from kvorum import Ambiguous, Cluster, Unavailable

for read, write in ((2, 2), (1, 1), (1, 3), (3, 1)):
    for cut in (False, True):
        # Six nodes in three zones: n1 and n4, n2 and n5, n3 and n6. Zone 3 dies.
        cluster = Cluster(6, zones=3, read=read, write=write, repair=0, seed=10)
        cluster.kill("n3")
        cluster.kill("n6")
        if cut:
            cluster.partition(["n1", "n4"], ["n2", "n5"])
        cluster.run_for(30)
        puts = gets = stale = 0
        for cart in (f"cart:{i}" for i in range(50)):
            before = puts
            try:
                cluster.put(cart, "milk", via="n1")
                puts += 1
            except Ambiguous:
                pass
            try:
                found = len(cluster.get(cart, via="n2"))
                gets += 1
                stale += puts > before and not found
            except Unavailable:
                pass
        fault = "and a cut" if cut else "zone dead"
        print(f"R={read} W={write}, {fault}: {puts} puts, {gets} gets, {stale} stale")
