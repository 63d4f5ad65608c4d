"""Pictures for notebooks: each is a whole SVG document."""

import xml.etree.ElementTree as ElementTree

from kvorum import Cluster, Ring, run_script

SVG = "{http://www.w3.org/2000/svg}"


def texts(svg: str) -> str:
    root = ElementTree.fromstring(svg)
    assert root.tag == f"{SVG}svg"
    assert root.get("viewBox")
    return " ".join("".join(text.itertext()) for text in root.iter(f"{SVG}text"))


def test_a_ring_draws_its_nodes_and_a_keys_walk() -> None:
    ring = Ring(3, seed=7)
    shown = texts(ring._repr_svg_())
    assert all(node in shown for node in ring.nodes)
    assert ring._repr_svg_() == ring.svg()
    assert "cart" in texts(ring.svg("cart", 2))
    assert ring.svg("cart", 1) != ring.svg("cart", 2)


def test_a_key_that_is_markup_or_no_text_stays_text() -> None:
    ring = Ring(3)
    texts(ring.svg("</text><script>alert(1)</script>&"))
    texts(ring.svg(b"\xff\x00\x01"))


def test_a_ring_as_text_names_its_nodes() -> None:
    ring = Ring(3)
    assert all(node in ring.text() for node in ring.nodes)
    assert "cart" in ring.text("cart", 2, width=80)
    assert max(map(len, ring.text(width=40).splitlines())) <= 40


def test_a_trace_draws_its_nodes() -> None:
    with Cluster(nodes=3) as cluster:
        cluster.put("<cart>", "milk & eggs")
        shown = texts(cluster.trace._repr_svg_())
        assert all(node in shown for node in cluster.nodes)
        assert cluster.trace.svg() == cluster.trace._repr_svg_()


def test_a_trace_is_drawn_in_part() -> None:
    with Cluster(nodes=3) as cluster:
        cluster.put("cart", "milk")
        cluster.run_for(5)
        cluster.put("cart", "eggs")
        trace = cluster.trace
        assert "eggs" in trace.text() and "milk" in trace.text(width=200)
        assert "milk" not in trace.text(start=4)
        assert "eggs" not in trace.text(end=4)
        assert "eggs" in texts(trace.svg(start=4)) and "eggs" not in texts(trace.svg(end=4))
        assert len(trace.svg(upkeep=True, max_messages=10**6)) > len(trace.svg())
        assert len(trace.svg(max_messages=1)) < len(trace.svg())


def test_a_report_and_its_show_steps_draw_themselves() -> None:
    report = run_script("cluster nodes=3\nput cart milk\nshow ring\n")
    assert "n1" in texts(report._repr_svg_())
    shown = report.steps[-1]
    assert shown.title
    assert shown.svg is not None
    assert "n1" in texts(shown.svg)
    assert shown._repr_svg_() == shown.svg
