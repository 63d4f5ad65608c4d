from kvorum import Cluster


def rebuilds(single_flight: bool) -> int:
    with Cluster(nodes=3, conflict="lww", seed=9) as cluster:
        cluster.put("front-page", "old", ttl=1)
        ends: list[float] = []  # when each rebuild under way will be done
        started = 0
        # From just after the deadline on: 50 reads a second.
        for read in range(51, 101):
            cluster.run_for(read * 0.02 - cluster.now)
            if ends and ends[0] <= cluster.now:
                ends.pop(0)
                cluster.put("front-page", "new", ttl=60)
            missed = cluster.get("front-page").value is None
            if missed and not (single_flight and ends):
                started += 1
                ends.append(cluster.now + 0.4)
        return started


print("each miss rebuilds:", rebuilds(False))
print("single flight:", rebuilds(True))
