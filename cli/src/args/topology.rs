//! What can be said of a change of members: `plan-topology`.

use std::path::PathBuf;

use clap::{ArgGroup, ValueHint};
use kvorum::base::limits::{TOKENS_PER_NODE_MAX, WEIGHT_MAX};
use kvorum::{NodeId, Zone};

use super::PlacementName;
use super::engine::{copies, nodes};

/// `kvorum plan-topology`
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = PLAN_TOPOLOGY_HELP, override_usage = "kvorum plan-topology <CHANGE> [OPTIONS]")]
#[command(group = ArgGroup::new("change_of_members").required(true).args(["join", "leave", "replace", "change"]))]
pub struct PlanTopologyArgs {
    /// A node comes in; without a zone in the one that has fewest members, of weight 1
    #[arg(long, help_heading = CHANGE, value_name = "NODE[:ZONE[:WEIGHT]]", value_parser = Joiner::read)]
    pub join: Option<Joiner>,
    /// A node goes, and gives away what it holds
    #[arg(long, help_heading = CHANGE, value_name = "NODE", value_parser = node)]
    pub leave: Option<NodeId>,
    /// The second takes the place of the first, which is dead
    #[arg(long, help_heading = CHANGE, num_args = 2, value_names = ["OLD", "NEW"], value_parser = node)]
    pub replace: Option<Vec<NodeId>>,
    /// A node gets another weight, such as 2, or another zone, such as z2
    #[arg(long, help_heading = CHANGE, num_args = 2, value_names = ["NODE", "WEIGHT|ZONE"])]
    pub change: Option<Vec<String>>,
    /// The node that goes is dead: others send what it held
    #[arg(long, help_heading = CHANGE, conflicts_with_all = ["join", "replace", "change"])]
    pub dead: bool,
    /// Nodes there are
    #[arg(long, default_value_t = 5, value_parser = nodes())]
    pub nodes: u32,
    /// Zones, dealt to the nodes in turn
    #[arg(long, default_value_t = 1, value_parser = nodes())]
    pub zones: u32,
    /// Tokens of each node
    #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u32).range(1..=i64::from(TOKENS_PER_NODE_MAX)))]
    pub tokens: u32,
    /// N: copies of each key [default: 3, or the number of nodes if that is less]
    #[arg(long, value_name = "N", visible_alias = "replication")]
    pub copies: Option<usize>,
    /// How keys are placed
    #[arg(long, default_value = "ring", value_enum)]
    pub placement: PlacementName,
    /// Where the tokens fall
    #[arg(long, default_value_t = 7)]
    pub seed: u64,
    /// What the cluster holds, all copies counted
    #[arg(long, default_value = "100GiB", value_parser = Size::read)]
    pub bytes: Size,
    /// List every range of the ring that is sent
    #[arg(long, conflicts_with = "json")]
    pub ranges: bool,
    /// Write the rings as SVG pictures, before and after: plan.svg gives plan-before.svg and plan-after.svg
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub svg: Option<PathBuf>,
    /// Print one JSON object, with every range that is sent
    #[arg(long)]
    pub json: bool,
}

/// The heading of the flags that name the change.
const CHANGE: &str = "The change, one of";

const PLAN_TOPOLOGY_HELP: &str = "\
Nothing is changed: a scenario script's `join`, `leave`, `replace` and `change`
do it. What a ring sends is exact; of other placements keys are sampled.

  kvorum plan-topology --join n6
  kvorum plan-topology --zones 3 --join n6:z2:4 --bytes 2TB
  kvorum plan-topology --placement modulo --leave n2

Exit codes:
  0    done
  2    the command line makes no sense, or the members would make no cluster
  3    the pictures cannot be written";

impl PlanTopologyArgs {
    /// N, given or usual.
    #[must_use]
    pub fn copies(&self) -> usize {
        copies(self.copies, self.nodes)
    }
}

/// A node that joins, with what was said of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Joiner {
    /// Who.
    pub node: NodeId,
    /// Where, if that was said.
    pub zone: Option<Zone>,
    /// How large a share it takes, if that was said.
    pub weight: Option<u32>,
}

impl Joiner {
    /// `n6`, `n6:z2`, `n6:z2:4`; a zone that is left out, as in `n6::4`, was not said.
    fn read(text: &str) -> Result<Self, String> {
        let mut parts = text.split(':');
        let node = node(parts.next().unwrap_or_default())?;
        let zone = parts.next().filter(|part| !part.is_empty());
        let zone = zone.map(str::parse::<Zone>).transpose();
        let weight = parts.next().map(weight).transpose()?;
        match parts.next() {
            Some(_) => Err("give a node, a zone and a weight, like n6:z2:4".to_owned()),
            None => Ok(Self {
                node,
                zone: zone.map_err(|why| why.to_string())?,
                weight,
            }),
        }
    }
}

/// `n6`.
pub(crate) fn node(text: &str) -> Result<NodeId, String> {
    text.parse::<NodeId>().map_err(|why| why.to_string())
}

/// A weight that a member may have.
pub(crate) fn weight(text: &str) -> Result<u32, String> {
    let weight = text.parse().ok();
    let weight = weight.filter(|weight| (1..=WEIGHT_MAX).contains(weight));
    weight.ok_or_else(|| format!("'{text}' is no weight: give 1 to {WEIGHT_MAX}"))
}

/// An amount of bytes, and whether it is told in powers of 1,000 or of 1,024.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Size {
    /// How many.
    pub bytes: f64,
    /// 1,000 or 1,024.
    pub base: f64,
}

/// The letters of the powers.
const POWERS: &str = "kMGTP";

impl Size {
    /// `100GiB`, `2TB`, `500`.
    fn read(text: &str) -> Result<Self, String> {
        let refused = || format!("'{text}' is no size such as 500MB, 100GiB or 2TB");
        let end = text.find(|sign: char| !sign.is_ascii_digit() && sign != '.');
        let (digits, unit) = text.split_at(end.unwrap_or(text.len()));
        let number: f64 = digits.parse().map_err(|_| refused())?;
        let unit = unit.trim_start();
        let (letters, base) = match unit.strip_suffix("iB") {
            Some(letters) => (letters, 1024.0),
            None => (unit.strip_suffix('B').unwrap_or(unit), 1000.0),
        };
        let power = match letters.replace('K', "k").as_str() {
            "" if base == 1000.0 => 0,
            letter if letter.len() == 1 => 1 + POWERS.find(letter).ok_or_else(refused)?,
            _ => return Err(refused()),
        };
        let bytes = number * f64::powi(base, power as i32);
        match bytes.is_finite() && bytes >= 1.0 && bytes < f64::powi(1024.0, 6) {
            true => Ok(Self { bytes, base }),
            false => Err(refused()),
        }
    }

    /// A share of it, in the largest unit that leaves a digit before the point.
    #[must_use]
    pub fn share(self, share: f64) -> String {
        let mut amount = self.bytes * share;
        let mut unit = String::new();
        for letter in POWERS.chars() {
            if amount < self.base {
                break;
            }
            amount /= self.base;
            unit = match self.base == 1024.0 {
                true => format!("{}i", letter.to_ascii_uppercase()),
                false => letter.to_string(),
            };
        }
        match unit.is_empty() {
            true => format!("{amount:.0} B"),
            false => format!("{amount:.1} {unit}B"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_told_in_the_powers_that_they_were_given_in() {
        for (text, bytes, whole) in [
            ("500", 500.0, "500 B"),
            ("2TB", 2e12, "2.0 TB"),
            ("1.5 kB", 1500.0, "1.5 kB"),
            ("100GiB", 100.0 * 1_073_741_824.0, "100.0 GiB"),
            ("4M", 4e6, "4.0 MB"),
        ] {
            let size = Size::read(text).unwrap();
            assert_eq!(size.bytes, bytes, "{text}");
            assert_eq!(size.share(1.0), whole);
        }
        for text in [
            "",
            "GiB",
            "iB",
            "1iB",
            "1.2.3G",
            "-1G",
            "0",
            "1XB",
            "9999999PB",
            "1e3",
        ] {
            assert!(Size::read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_joiner_is_a_node_with_a_zone_and_a_weight_where_these_are_said() {
        let read =
            |text| Joiner::read(text).map(|joiner| (joiner.node.0, joiner.zone, joiner.weight));
        assert_eq!(read("n6"), Ok((6, None, None)));
        assert_eq!(read("n6:z2"), Ok((6, Some(Zone(2)), None)));
        assert_eq!(read("n6:z2:4"), Ok((6, Some(Zone(2)), Some(4))));
        assert_eq!(read("n6::4"), Ok((6, None, Some(4))));
        for text in ["", "6", "n6:2", "n6:z2:0", "n6:z2:65", "n6:z2:4:1"] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
