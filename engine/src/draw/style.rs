//! How the pictures look, in light and in dark.

use crate::NodeId;

/// Ink, softer ink, hairlines, card, message, loss, client, disk; then the colours of nodes. They differ
/// in lightness too, for readers who do not tell hues apart (after Okabe and Ito's set).
const LIGHT: &str = "--kv-ink:#17212b;--kv-soft:#566271;--kv-hair:#c9d0d8;--kv-paper:#ffffff;\
--kv-msg:#0a63a5;--kv-lost:#b8400a;--kv-client:#7a3d86;--kv-disk:#067a5b;--kv-shade:#17212b12;\
--kv-0:#0072b2;--kv-1:#e08a00;--kv-2:#00916b;--kv-3:#c4568f;--kv-4:#d0520a;--kv-5:#45aee6;--kv-6:#5b3f8c;--kv-7:#7d7a2e";

const DARK: &str = "--kv-ink:#e4e9ee;--kv-soft:#a0acb9;--kv-hair:#47525e;--kv-paper:#171c22;\
--kv-msg:#6cbcf2;--kv-lost:#ff9a62;--kv-client:#d9a6e6;--kv-disk:#4fd3a8;--kv-shade:#ffffff14;\
--kv-0:#4aa3df;--kv-1:#f2b33d;--kv-2:#2fc595;--kv-3:#ec93c3;--kv-4:#f57f45;--kv-5:#a6dcfb;--kv-6:#b193ea;--kv-7:#d3cf6b";

/// The page's own theme, where it names one, wins over what the system prefers: two classes outweigh one.
const LIGHT_PAGES: &str =
    "html.light .kv-pic,html.rust .kv-pic,body[data-jp-theme-light=true] .kv-pic";
const DARK_PAGES: &str =
    "html.navy .kv-pic,html.coal .kv-pic,html.ayu .kv-pic,body[data-jp-theme-light=false] .kv-pic";

const SHAPES: &str = "\
.kv-pic{max-width:100%;height:auto;font-family:system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif;font-size:12px}
.kv-pic text{fill:var(--kv-ink);stroke:none}
.kv-pic .kv-card{fill:var(--kv-paper);stroke:var(--kv-hair)}
.kv-pic .kv-head{font-size:15px;font-weight:600}
.kv-pic .kv-bold{font-weight:600}
.kv-pic .kv-soft{fill:var(--kv-soft)}
.kv-pic .kv-small{font-size:11px}
.kv-pic .kv-mono{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace;font-size:11px}
.kv-pic .kv-halo{paint-order:stroke;stroke:var(--kv-paper);stroke-width:3.5px;stroke-linejoin:round}
.kv-pic .kv-tint-msg{fill:var(--kv-msg)}
.kv-pic .kv-tint-lost{fill:var(--kv-lost)}
.kv-pic .kv-tint-client{fill:var(--kv-client)}
.kv-pic .kv-hair{fill:none;stroke:var(--kv-hair)}
.kv-pic .kv-leader{stroke:var(--kv-soft);stroke-width:.75px}
.kv-pic .kv-life{stroke:var(--kv-soft);stroke-width:1.5px}
.kv-pic .kv-hatch{fill:none;stroke:var(--kv-soft);stroke-width:1px}
.kv-pic .kv-gap{stroke:var(--kv-soft);stroke-width:2px;stroke-dasharray:2 4}
.kv-pic .kv-box{fill:var(--kv-paper);stroke:var(--kv-soft)}
.kv-pic .kv-bar{fill:var(--kv-soft);fill-opacity:.45}
.kv-pic .kv-track{fill:var(--kv-shade)}
.kv-pic .kv-band{fill:var(--kv-shade)}
.kv-pic .kv-edge{stroke:var(--kv-lost);stroke-width:1px;stroke-dasharray:6 4}
.kv-pic .kv-wall{stroke:var(--kv-lost);stroke-width:3px;stroke-dasharray:1 6;stroke-linecap:round}
.kv-pic .kv-msg{fill:none;stroke:var(--kv-msg);stroke-width:1.5px}
.kv-pic .kv-msg-tip{fill:var(--kv-msg)}
.kv-pic .kv-upkeep{fill:none;stroke:var(--kv-soft);stroke-width:1.25px;stroke-dasharray:1.5 3}
.kv-pic .kv-upkeep-tip{fill:var(--kv-soft)}
.kv-pic .kv-lost{fill:none;stroke:var(--kv-lost);stroke-width:1.5px;stroke-dasharray:6 3}
.kv-pic .kv-cross{fill:none;stroke:var(--kv-lost);stroke-width:2.25px;stroke-linecap:round}
.kv-pic .kv-open{fill:none;stroke:var(--kv-msg);stroke-width:1.5px;stroke-dasharray:1 4;stroke-linecap:round}
.kv-pic .kv-client{fill:none;stroke:var(--kv-client);stroke-width:1.25px;stroke-dasharray:3 3}
.kv-pic .kv-client-lane{stroke:var(--kv-client);stroke-width:1.5px}
.kv-pic .kv-client-tip{fill:var(--kv-client)}
.kv-pic .kv-disk{fill:var(--kv-disk);stroke:var(--kv-paper);stroke-width:1px}
.kv-pic .kv-walk{fill:none;stroke:var(--kv-ink);stroke-width:1.5px}
.kv-pic .kv-solid{fill:var(--kv-ink)}
.kv-pic .kv-badge{fill:var(--kv-ink);stroke:var(--kv-paper);stroke-width:1.5px}
.kv-pic .kv-badge-text{fill:var(--kv-paper);font-size:11px;font-weight:700}
.kv-pic .kv-skip{fill:var(--kv-paper);stroke:var(--kv-ink);stroke-width:1.25px}
.kv-pic .kv-arc{fill:none;stroke-width:16px}
.kv-pic .kv-d1{stroke-dasharray:7 2}
.kv-pic .kv-d2{stroke-dasharray:3 2}
.kv-pic .kv-d3{stroke-dasharray:7 2 2 2}
";

/// The style sheet of every picture. All rules are below `.kv-pic`, so nothing else in a page changes.
pub(super) fn style() -> String {
    let mut sheet = format!(
        "\n.kv-pic{{{LIGHT}}}\n@media (prefers-color-scheme:dark){{.kv-pic{{{DARK}}}}}\n\
         {LIGHT_PAGES}{{{LIGHT}}}\n{DARK_PAGES}{{{DARK}}}\n{SHAPES}"
    );
    for colour in 0..COLOURS {
        sheet.push_str(&format!(
            ".kv-pic .kv-n{colour}{{stroke:var(--kv-{colour})}}\n"
        ));
    }
    sheet
}

const COLOURS: u32 = 8;

/// The classes of a node's stroke. It goes by the id alone, so a node looks the same in every picture;
/// after eight nodes the colours come again, with another dash.
pub(super) fn node_class(node: NodeId) -> String {
    let index = node.0.wrapping_sub(1);
    let colour = index % COLOURS;
    match index / COLOURS % 4 {
        0 => format!("kv-n{colour}"),
        dash => format!("kv-n{colour} kv-d{dash}"),
    }
}
