import kvorum

with kvorum.Cluster(nodes=3, seed=7) as cluster:
    # One client, a hundred puts, each with the context of the answer before.
    seen = None
    for i in range(100):
        seen = cluster.put("cart", f"v{i}", context=seen)
    print("a chain:", len(cluster.get("cart").values))
    # Ten workers read at once, and then each puts what it has made of that.
    seen = cluster.get("cart").context
    for i in range(10):
        cluster.put("cart", f"w{i}", context=seen)
    print("ten workers:", len(cluster.get("cart").values))
    # A robot that never reads.
    try:
        for puts in range(100):
            cluster.put("robot", f"r{puts}")
    except kvorum.Conflict as error:
        print("a robot:", puts, "puts, then", error.code)
