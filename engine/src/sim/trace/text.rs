//! An event as a line of text.

use core::fmt;

use super::Trace;
use super::what::{TraceEvent, What};
use crate::NodeId;
use crate::base::time::Pretty;

/// ` n1 n2`.
struct Nodes<'a>(&'a [NodeId]);

impl fmt::Display for Nodes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|node| write!(f, " {node}"))
    }
}

impl fmt::Display for TraceEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.at.0, self.what)
    }
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Call {
                request,
                node,
                text,
                ..
            } => write!(f, "{node} call {request} {text}"),
            Self::Answer {
                request,
                node,
                text,
                ..
            } => write!(f, "{node} answer {request} {text}"),
            Self::Send {
                message,
                from,
                to,
                label,
                ..
            } => write!(f, "{from} send m{} {to} {label}", message.0),
            Self::Deliver { message, from, to } => write!(f, "{to} receive m{} {from}", message.0),
            Self::Drop {
                message,
                from,
                to,
                why,
            } => write!(f, "{from} lost m{} {to} {why:?}", message.0),
            Self::Stored { node, text } => write!(f, "{node} stored {text}"),
            Self::Kill { node } => write!(f, "{node} killed"),
            Self::Restart { node } => write!(f, "{node} restarted"),
            Self::Pause { node, span } => write!(f, "{node} paused {}", Pretty(*span)),
            Self::Wipe { node } => write!(f, "{node} wiped"),
            Self::Disk { node, fault } => write!(f, "{node} disk {fault}"),
            Self::Clock { node, fault } => write!(f, "{node} clock {fault}"),
            Self::Partition { groups } => {
                write!(f, "partition")?;
                for (index, group) in groups.iter().enumerate() {
                    let bar = if index == 0 { "" } else { " |" };
                    write!(f, "{bar}{}", Nodes(group))?;
                }
                Ok(())
            }
            Self::Oneway { from, to } => write!(f, "oneway {from} {to}"),
            Self::Isolate { node } => write!(f, "isolate {node}"),
            Self::Bridge { node, left, right } => {
                write!(f, "bridge {node}:{} |{}", Nodes(left), Nodes(right))
            }
            Self::Hold { from, to } => write!(f, "hold {from} {to}"),
            Self::Release { from, to } => write!(f, "release {from} {to}"),
            Self::Heal => write!(f, "heal"),
            Self::Note { text } => write!(f, "note {text}"),
        }
    }
}

impl fmt::Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.events()
            .iter()
            .try_for_each(|event| writeln!(f, "{event}"))
    }
}
