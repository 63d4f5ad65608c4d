from kvorum import Ring

ring = Ring(nodes=["n1", "n2", "n3", "n4", "n5"], tokens=128, seed=7)
# Three distinct nodes, the first owner first.
print(*ring.preference_list(b"cart", 3))

larger = ring.add("n6")
# Near 1/6; modulo moves 5/6.
print(f"moved {ring.moved(larger, keys=100_000):.1%}")
