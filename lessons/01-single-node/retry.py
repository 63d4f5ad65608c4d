from kvorum import Cluster
from kvorum.errors import Ambiguous, Unavailable


def sell(fresh: bool) -> str:
    """Sells 100 items. A retry takes a fresh token, or the one it had."""
    # n1 is the shop's front end; n2 owns the counter. One message in ten is lost.
    shop = Cluster(2, replication=1, read=1, write=1, conflict="counter", loss=0.1, seed=1)
    unknown = 0
    for sale in range(1, 101):
        token = 1000 * sale
        while True:
            try:
                shop.incr("sold", token=token, via="n1", timeout=0.05)
                break
            except Ambiguous:  # perhaps done
                unknown += 1
                token += fresh
            except Unavailable:  # surely not done
                pass
    shop.settle()
    return f"unknown {unknown}, sold {shop.get('sold', via='n2').value.decode()}"


print("same token: ", sell(fresh=False))
print("fresh token:", sell(fresh=True))
