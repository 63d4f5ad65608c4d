from kvorum import run_script

SCRIPT = """
cluster nodes=1 replication=1 read=1 write=1 conflict=lww
disk n1 lie
put a 1
put b 1
put c 1
put d 1
kill n1
restart n1
scan
"""

kept = [0, 0, 0, 0, 0]
holes = 0
for seed in range(200):
    left = run_script(SCRIPT, seed=seed).steps[-1].printed
    keys = "" if left == "(nothing)" else "".join(pair[0] for pair in left.split(", "))
    kept[len(keys)] += 1
    holes += not "abcd".startswith(keys)
print("power cuts that left 0, 1, 2, 3, 4 of the four puts:", *kept)
print("power cuts that left a hole:", holes)
