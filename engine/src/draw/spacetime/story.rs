//! Which part of a trace a picture tells: the events in its window, and each message's flight.

use std::collections::{BTreeMap, BTreeSet};

use super::SpacetimeOptions;
use crate::NodeId;
use crate::base::time::{Mono, Pretty};
use crate::draw::text::counted;
use crate::sim::trace::{Lost, MessageId, Purpose, Trace, TraceEvent, What};

/// Messages in one picture, whatever its options say: nobody can read more, and labels look at each other.
const MESSAGES_MAX: usize = 2000;
/// Events other than messages in one picture.
const EVENTS_MAX: usize = 1000;

/// How a flight ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Arrived,
    Lost(Lost),
}

/// One message's way. A message that the network duplicates ends more than once.
#[derive(Clone, Debug)]
pub(super) struct Flight {
    pub from: NodeId,
    pub to: NodeId,
    pub label: &'static str,
    pub purpose: Purpose,
    /// Its sending, as an index into the story's events; none when that lies before the window.
    pub sent: Option<usize>,
    /// Its ends in the window, as indexes into the story's events.
    pub ends: Vec<(usize, End)>,
}

/// What a picture tells.
#[derive(Clone, Debug)]
pub(super) struct Story<'a> {
    pub nodes: Vec<NodeId>,
    pub events: Vec<&'a TraceEvent>,
    pub flights: BTreeMap<MessageId, Flight>,
    /// Nodes that are down where the window begins.
    pub down: BTreeSet<NodeId>,
    /// The partition that holds where the window begins.
    pub groups: Option<&'a [Vec<NodeId>]>,
    upkeep_hidden: usize,
    events_after: u64,
}

impl<'a> Story<'a> {
    pub(super) fn of(trace: &'a Trace, options: &SpacetimeOptions) -> Self {
        let mut story = Self {
            nodes: nodes(trace),
            events: Vec::new(),
            flights: BTreeMap::new(),
            down: BTreeSet::new(),
            groups: None,
            upkeep_hidden: 0,
            events_after: 0,
        };
        let start = options.from.unwrap_or(Mono(0));
        let end = options.to.unwrap_or(Mono(u64::MAX));
        let mut drawn = Drawn::default();
        for (index, event) in trace.events().iter().enumerate() {
            if said_again(event, trace.events().get(index + 1)) {
                continue;
            }
            if event.at < start {
                story.before_window(event, options);
            } else if event.at > end {
                break;
            } else if !story.in_window(event, options, &mut drawn) {
                story.events_after = trace.count() - index as u64;
                break;
            }
        }
        let kept = trace.events().len() as u64;
        if story.events_after == 0 && options.to.is_none() {
            story.events_after = trace.count() - kept;
        }
        story
            .flights
            .retain(|_, flight| flight.sent.is_some() || !flight.ends.is_empty());
        story
    }

    fn before_window(&mut self, event: &'a TraceEvent, options: &SpacetimeOptions) {
        match &event.what {
            What::Kill { node } => {
                self.down.insert(*node);
            }
            What::Restart { node } => {
                self.down.remove(node);
            }
            What::Partition { groups } => self.groups = Some(groups),
            What::Heal => self.groups = None,
            What::Send {
                message,
                from,
                to,
                label,
                purpose,
            } if shown(*purpose, options) => {
                let flight = Flight::new(*from, *to, label, *purpose, None);
                self.flights.insert(*message, flight);
            }
            What::Deliver { message, .. } | What::Drop { message, .. } => {
                self.flights.remove(message);
            }
            _ => {}
        }
    }

    /// Takes an event of the window; false where the picture is full.
    fn in_window(
        &mut self,
        event: &'a TraceEvent,
        options: &SpacetimeOptions,
        drawn: &mut Drawn,
    ) -> bool {
        let index = self.events.len();
        match &event.what {
            What::Send { purpose, .. } if !shown(*purpose, options) => {
                self.upkeep_hidden += 1;
                return true;
            }
            What::Send {
                message,
                from,
                to,
                label,
                purpose,
            } => {
                if drawn.messages == options.max_messages.min(MESSAGES_MAX) {
                    return false;
                }
                drawn.messages += 1;
                let flight = Flight::new(*from, *to, label, *purpose, Some(index));
                self.flights.insert(*message, flight);
            }
            What::Deliver { message, .. } => match self.flights.get_mut(message) {
                Some(flight) => flight.ends.push((index, End::Arrived)),
                None => return true,
            },
            What::Drop { message, why, .. } => match self.flights.get_mut(message) {
                Some(flight) => flight.ends.push((index, End::Lost(*why))),
                None => return true,
            },
            _ => {
                if drawn.others == EVENTS_MAX {
                    return false;
                }
                drawn.others += 1;
            }
        }
        self.events.push(event);
        true
    }

    /// The partition that holds at an event of the story.
    pub(super) fn groups_at(&self, index: usize) -> Option<&'a [Vec<NodeId>]> {
        let last = self.events[..=index]
            .iter()
            .rev()
            .find_map(|event| match &event.what {
                What::Partition { groups } => Some(Some(groups.as_slice())),
                What::Heal => Some(None),
                _ => None,
            });
        last.unwrap_or(self.groups)
    }

    /// What the picture leaves out, one sentence each.
    pub(super) fn left_out(&self) -> Vec<String> {
        let mut lines = Vec::new();
        if self.upkeep_hidden > 0 {
            lines.push(format!(
                "{} not drawn",
                counted(self.upkeep_hidden, "repair message")
            ));
        }
        if self.events_after > 0 {
            let count = usize::try_from(self.events_after).unwrap_or(usize::MAX);
            lines.push(format!(
                "the picture ends here: {} not drawn",
                counted(count, "later event")
            ));
        }
        lines
    }

    /// The picture in one sentence.
    pub(super) fn summary(&self) -> String {
        let lost = |flight: &&Flight| {
            flight
                .ends
                .iter()
                .any(|(_, end)| matches!(end, End::Lost(_)))
        };
        let lost = self.flights.values().filter(lost).count();
        format!(
            "{}, {} between {}, {lost} of them lost",
            counted(self.events.len(), "event"),
            counted(self.flights.len(), "message"),
            counted(self.nodes.len(), "node"),
        )
    }
}

impl Flight {
    fn new(
        from: NodeId,
        to: NodeId,
        label: &'static str,
        purpose: Purpose,
        sent: Option<usize>,
    ) -> Self {
        Self {
            from,
            to,
            label,
            purpose,
            sent,
            ends: Vec::new(),
        }
    }
}

#[derive(Default)]
struct Drawn {
    messages: usize,
    others: usize,
}

fn shown(purpose: Purpose, options: &SpacetimeOptions) -> bool {
    options.upkeep || purpose == Purpose::Request
}

/// True for a scenario's line that the event right after it says by itself: a caption is enough.
fn said_again(event: &TraceEvent, next: Option<&TraceEvent>) -> bool {
    let What::Note { text } = &event.what else {
        return false;
    };
    let verb = match next.map(|next| &next.what) {
        Some(What::Partition { .. }) => "partition",
        Some(What::Oneway { .. }) => "oneway",
        Some(What::Isolate { .. }) => "isolate",
        Some(What::Bridge { .. }) => "bridge",
        Some(What::Hold { .. }) => "hold",
        Some(What::Release { .. }) => "release",
        Some(What::Heal) => "heal",
        _ => return false,
    };
    text.split(' ').next() == Some(verb)
}

/// The trace's nodes, and after them any other that its events name.
fn nodes(trace: &Trace) -> Vec<NodeId> {
    let mut nodes = trace.nodes().to_vec();
    let mut known: BTreeSet<NodeId> = nodes.iter().copied().collect();
    let mut note = |node: NodeId| {
        if known.insert(node) {
            nodes.push(node);
        }
    };
    for event in trace.events() {
        match &event.what {
            What::Call { node, .. }
            | What::Answer { node, .. }
            | What::Stored { node, .. }
            | What::Kill { node }
            | What::Restart { node }
            | What::Pause { node, .. }
            | What::Wipe { node }
            | What::Disk { node, .. }
            | What::Clock { node, .. }
            | What::Isolate { node } => note(*node),
            What::Send { from, to, .. }
            | What::Deliver { from, to, .. }
            | What::Drop { from, to, .. }
            | What::Oneway { from, to }
            | What::Hold { from, to }
            | What::Release { from, to } => {
                note(*from);
                note(*to);
            }
            What::Partition { groups } => groups.iter().flatten().for_each(|node| note(*node)),
            What::Bridge { node, left, right } => {
                let named = [node].into_iter().chain(left).chain(right);
                named.for_each(|node| note(*node));
            }
            What::Heal | What::Note { .. } => {}
        }
    }
    nodes
}

/// What befell the network, or a scenario's line, as a text across the picture.
pub(super) fn across_text(what: &What) -> Option<String> {
    Some(match what {
        What::Partition { groups } => format!("partition: {}", groups_text(groups)),
        What::Oneway { from, to } => format!("oneway: {from} does not reach {to}"),
        What::Isolate { node } => format!("isolated: {node}"),
        What::Bridge { node, left, right } => {
            let groups = [left.clone(), right.clone()];
            format!("bridge: {}, only {node} reaches both", groups_text(&groups))
        }
        What::Hold { from, to } => format!("held: from {from} to {to}"),
        What::Release { from, to } => format!("released: from {from} to {to}"),
        What::Heal => "healed: every link works again".to_owned(),
        What::Note { text } => text.clone(),
        _ => return None,
    })
}

/// What befell a node, as a text beside its line.
pub(super) fn beside_text(what: &What) -> Option<(NodeId, String)> {
    Some(match what {
        What::Kill { node } => (*node, "killed".to_owned()),
        What::Restart { node } => (*node, "restarted".to_owned()),
        What::Pause { node, span } => (*node, format!("paused for {}", Pretty(*span))),
        What::Wipe { node } => (*node, "disk lost".to_owned()),
        What::Disk { node, fault } => (*node, format!("disk: {fault}")),
        What::Clock { node, fault } => (*node, format!("clock: {fault}")),
        _ => return None,
    })
}

/// `n1 n2 | n3 n4`.
pub(super) fn groups_text(groups: &[Vec<NodeId>]) -> String {
    let group = |group: &Vec<NodeId>| {
        let names: Vec<String> = group.iter().map(NodeId::to_string).collect();
        names.join(" ")
    };
    groups.iter().map(group).collect::<Vec<_>>().join(" | ")
}

/// Why a message was lost, in a word or two.
pub(super) fn lost_text(why: Lost, to: NodeId) -> String {
    match why {
        Lost::Partition => "cut off".to_owned(),
        Lost::Network => "lost".to_owned(),
        Lost::Down => format!("{to} is down"),
        Lost::Full => "a queue is full".to_owned(),
    }
}

/// True when a partition stands between two nodes. Nodes that it does not name are one more group.
pub(super) fn parted(groups: &[Vec<NodeId>], left: NodeId, right: NodeId) -> bool {
    let place = |node: NodeId| groups.iter().position(|group| group.contains(&node));
    place(left) != place(right)
}
