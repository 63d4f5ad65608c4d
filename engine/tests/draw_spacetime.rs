//! Space-time diagrams show what a trace holds, say what they leave out, and survive any trace.

use core::time::Duration;

use kvorum::NodeId;
use kvorum::base::id::RequestId;
use kvorum::base::time::Mono;
use kvorum::draw::{SpacetimeOptions, spacetime_svg, spacetime_text};
use kvorum::sim::trace::{Lost, MessageId, Purpose, Trace, What};
use kvorum::sim::{ClockFault, DiskFault};
use proptest::prelude::*;

#[expect(dead_code, reason = "the rings are for the other picture")]
mod common_draw;
mod seeded;
use common_draw::{Run, crowd, hostile, story, xml::assert_clean};
use seeded::cases;

fn both(trace: &Trace, options: &SpacetimeOptions) -> [String; 2] {
    let svg = spacetime_svg(trace, options);
    assert_clean(&svg);
    [svg, spacetime_text(trace, options, 100)]
}

fn count(text: &str, part: &str) -> usize {
    text.matches(part).count()
}

#[test]
fn a_story_is_told_whole() {
    for picture in both(&story(), &SpacetimeOptions::default()) {
        for part in [
            "Both sides of a partition take a write",
            "put cart milk",
            "error ambiguous",
            "eggs, milk",
            "partition: n1 n2 | n3 n4 n5",
            "healed",
            "killed",
            "restarted",
            "write: cut off",
            "read: n2 is down",
            "under way",
            "3 repair messages not drawn",
        ] {
            assert!(picture.contains(part), "no '{part}' in {picture}");
        }
        assert!(!picture.contains("repair<") && !picture.contains(" repair ─"));
    }
}

#[test]
fn upkeep_is_drawn_when_asked_for() {
    let options = SpacetimeOptions {
        upkeep: true,
        ..SpacetimeOptions::default()
    };
    for picture in both(&story(), &options) {
        assert!(count(&picture, "repair") >= 3 && !picture.contains("not drawn"));
        assert!(picture.contains("repair: lost"));
    }
}

#[test]
fn a_long_idle_time_becomes_a_break_that_says_how_long() {
    let [svg, _] = both(&story(), &SpacetimeOptions::default());
    assert!(svg.contains("… 9.98s …"));
    let height = |svg: &str| -> f64 {
        let (_, rest) = svg.split_once("height=\"").unwrap();
        rest.split('"').next().unwrap().parse().unwrap()
    };
    assert!(height(&svg) < 1300.0, "{}", height(&svg));
    let mut late = Run::new(3);
    late.write(0, 1, 1, [2, 3], "put a 1");
    let short = height(&spacetime_svg(&late.trace, &SpacetimeOptions::default()));
    late.write(864_000_000_000, 2, 1, [2, 3], "put a 2");
    let long = height(&spacetime_svg(&late.trace, &SpacetimeOptions::default()));
    assert!(
        long < 3.0 * short,
        "ten idle days take no room: {short} to {long}"
    );
}

#[test]
fn messages_past_the_limit_end_the_picture_and_are_counted() {
    let trace = crowd();
    let options = SpacetimeOptions {
        max_messages: 3,
        ..SpacetimeOptions::default()
    };
    for picture in both(&trace, &options) {
        assert!(picture.contains("the picture ends here"), "{picture}");
        assert!(
            picture.contains(&format!("{} later events not drawn", trace.count() - 5)),
            "{picture}"
        );
    }
    for picture in both(&trace, &SpacetimeOptions::default()) {
        assert!(!picture.contains("ends here"));
    }
}

#[test]
fn characters_keep_to_their_columns_and_lines() {
    let long = story();
    for (width, lines) in [(40, 20), (80, 40), (80, 12)] {
        let options = SpacetimeOptions {
            max_lines: Some(lines),
            ..SpacetimeOptions::default()
        };
        let picture = spacetime_text(&long, &options, width);
        assert!(picture.lines().count() <= lines, "{picture}");
        for line in picture.lines() {
            assert!(line.chars().count() <= width, "{line} of {picture}");
        }
        let whole = spacetime_text(&long, &SpacetimeOptions::default(), width);
        assert_eq!(picture.lines().next(), whole.lines().next());
        assert_eq!(picture.lines().last(), whole.lines().last());
        let is_whole = whole.lines().count() <= lines;
        assert_eq!(is_whole, !picture.contains(" lines not drawn"));
        assert_eq!(is_whole, picture == whole);
    }
    let mut eight = Run::new(8);
    eight.write(0, 1, 1, [2, 8], "put cart milk");
    let picture = spacetime_text(&eight.trace, &SpacetimeOptions::default(), 40);
    for line in picture.lines() {
        assert!(line.chars().count() <= 40, "{line} of {picture}");
    }
    for node in 1..=8 {
        assert!(picture.contains(&format!(" n{node}")), "{picture}");
    }
}

#[test]
fn a_line_that_its_event_says_again_is_one_caption() {
    let mut run = Run::new(2);
    run.note(0, "partition n1 | n2");
    let groups = vec![vec![NodeId(1)], vec![NodeId(2)]];
    run.push(0, What::Partition { groups });
    run.note(1, "heal");
    run.push(1, What::Heal);
    run.note(2, "heal");
    for picture in both(&run.trace, &SpacetimeOptions::default()) {
        assert_eq!(count(&picture, "n1 | n2"), 1, "{picture}");
        assert_eq!(
            count(&picture, "heal"),
            2,
            "healed, and the note that nothing followed: {picture}"
        );
    }
}

#[test]
fn no_option_asks_for_a_picture_without_end() {
    let mut run = Run::new(2);
    for index in 0..20_000 {
        let message = run.send(index * 10, 1, 2, "write", Purpose::Request);
        run.deliver(index * 10 + 5, message, 1, 2);
    }
    let options = SpacetimeOptions {
        max_messages: usize::MAX,
        ..SpacetimeOptions::default()
    };
    for picture in both(&run.trace, &options) {
        assert!(picture.len() < 1_000_000 && picture.contains("36000 later events not drawn"));
    }
}

#[test]
fn a_window_begins_with_what_holds_there() {
    let window = |from_us: u64, to_us: u64| SpacetimeOptions {
        from: Some(Mono(from_us * 1000)),
        to: Some(Mono(to_us * 1000)),
        ..SpacetimeOptions::default()
    };
    let [svg, text] = both(&story(), &window(5_500, 6_500));
    assert!(
        svg.contains("kv-wall"),
        "the partition of before still stands"
    );
    assert!(text.contains("partition: n1 n2 | n3 n4 n5"));
    assert!(!svg.contains("milk"));
    let [svg, _] = both(&story(), &window(2_008_500, 2_011_000));
    assert!(
        svg.contains("kv-hatch\""),
        "n2 is down before the window and stays so"
    );
    assert!(!svg.contains("killed"));
    let [svg, _] = both(&story(), &window(1_500, 4_500));
    assert_eq!(
        count(&svg, ">write<"),
        1,
        "a message on its way into the window"
    );
    assert_eq!(count(&svg, ">ack<"), 2);
}

#[test]
fn nothing_gives_a_picture_that_says_so() {
    for trace in [Trace::new(vec![]), Trace::new(vec![NodeId(1), NodeId(2)])] {
        for picture in both(&trace, &SpacetimeOptions::default()) {
            assert!(picture.to_lowercase().contains("nothing happened"));
        }
    }
}

#[test]
fn hostile_texts_stay_texts() {
    let [svg, text] = both(&hostile(), &SpacetimeOptions::default());
    assert!(!svg.contains("<script") && svg.contains("&lt;script&gt;"));
    assert!(
        svg.len() < 20_000 && text.len() < 4_000,
        "long texts are cut"
    );
    assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}'));
}

#[test]
fn a_message_delivered_twice_is_drawn_twice() {
    let mut run = Run::new(2);
    let message = run.send(0, 1, 2, "write", Purpose::Request);
    run.deliver(1_000, message, 1, 2);
    run.deliver(2_000, message, 1, 2);
    let [svg, text] = both(&run.trace, &SpacetimeOptions::default());
    assert_eq!(count(&svg, ">write<"), 2);
    assert_eq!(count(&text, "▶"), 2);
}

/// What befalls nodes and links.
fn fault() -> impl Strategy<Value = What> {
    let node = || (1_u32..6).prop_map(NodeId);
    let nodes = || prop::collection::vec(node(), 0..3);
    let link = || (node(), node());
    let span = || any::<u64>().prop_map(Duration::from_nanos);
    prop_oneof![
        (node(), span()).prop_map(|(node, span)| What::Pause { node, span }),
        node().prop_map(|node| What::Wipe { node }),
        (node(), span()).prop_map(|(node, span)| What::Disk {
            node,
            fault: DiskFault::Slow(span)
        }),
        (node(), span()).prop_map(|(node, span)| What::Clock {
            node,
            fault: ClockFault::Behind(span)
        }),
        link().prop_map(|(from, to)| What::Oneway { from, to }),
        node().prop_map(|node| What::Isolate { node }),
        (node(), nodes(), nodes()).prop_map(|(node, left, right)| What::Bridge {
            node,
            left,
            right
        }),
        link().prop_map(|(from, to)| What::Hold { from, to }),
        link().prop_map(|(from, to)| What::Release { from, to }),
    ]
}

fn anything() -> impl Strategy<Value = What> {
    let node = || (1_u32..6).prop_map(NodeId);
    let message = || (0_u64..12).prop_map(MessageId);
    let request = || (0_u64..4).prop_map(RequestId);
    let purpose = prop_oneof![Just(Purpose::Request), Just(Purpose::Upkeep)];
    let lost = prop_oneof![
        Just(Lost::Partition),
        Just(Lost::Network),
        Just(Lost::Down),
        Just(Lost::Full)
    ];
    prop_oneof![
        (request(), node(), any::<String>()).prop_map(|(request, node, text)| What::Call {
            request,
            node,
            digest: 0,
            text
        }),
        (request(), node(), any::<String>()).prop_map(|(request, node, text)| What::Answer {
            request,
            node,
            digest: 0,
            text
        }),
        (message(), node(), node(), purpose).prop_map(|(message, from, to, purpose)| What::Send {
            message,
            from,
            to,
            label: "write",
            purpose
        }),
        (message(), node(), node()).prop_map(|(message, from, to)| What::Deliver {
            message,
            from,
            to
        }),
        (message(), node(), node(), lost).prop_map(|(message, from, to, why)| What::Drop {
            message,
            from,
            to,
            why
        }),
        (node(), any::<String>()).prop_map(|(node, text)| What::Stored {
            node,
            text: text.into()
        }),
        node().prop_map(|node| What::Kill { node }),
        node().prop_map(|node| What::Restart { node }),
        prop::collection::vec(prop::collection::vec(node(), 0..3), 0..3)
            .prop_map(|groups| What::Partition { groups }),
        fault(),
        Just(What::Heal),
        any::<String>().prop_map(|text| What::Note { text }),
    ]
}

proptest! {
    #![proptest_config(cases(200))]

    #[test]
    fn any_trace_gives_a_clean_picture_that_is_always_the_same(
        events in prop::collection::vec((any::<u32>(), anything()), 0..60),
        nodes in 0_u32..8, upkeep: bool, from in any::<Option<u32>>(), to in any::<Option<u32>>(),
        max_messages in 0_usize..20, width in 0_usize..200,
    ) {
        let mut trace = Trace::new((1..=nodes).map(NodeId).collect());
        for (at, what) in events {
            trace.push(Mono(u64::from(at)), what);
        }
        let options = SpacetimeOptions {
            upkeep,
            from: from.map(|at| Mono(at.into())),
            to: to.map(|at| Mono(at.into())),
            max_messages,
            max_lines: None,
        };
        let svg = spacetime_svg(&trace, &options);
        assert_clean(&svg);
        prop_assert_eq!(&svg, &spacetime_svg(&trace, &options));
        for line in spacetime_text(&trace, &options, width).lines() {
            prop_assert!(!line.contains(char::is_control));
            prop_assert!(line.chars().count() <= width.max(80), "{}", line);
        }
    }
}
