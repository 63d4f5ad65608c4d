//! The estimation worksheet of lesson 10: from a workload to a number of nodes, each step with its formula.
//!
//! Rates are of the busiest hour, sizes in bytes of 10^9 a gigabyte. A step that is not decisive is there too:
//! which one decides is the point of the exercise.

/// What is known or assumed of a workload and of the machines.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Inputs {
    /// People who use it on a day.
    pub users: f64,
    /// Requests of one of them on a day.
    pub requests_a_day: f64,
    /// The busiest hour over the mean.
    pub peak: f64,
    /// Of the requests, those that write, 0 to 1.
    pub write_share: f64,
    /// Items that are stored.
    pub items: f64,
    /// Bytes of one, with its key and what is kept beside it.
    pub item_bytes: f64,
    /// N: copies of each item.
    pub copies: f64,
    /// R: replicas that a read asks.
    pub read_replicas: f64,
    /// Bytes on the disk for one byte of live data.
    pub space_amplification: f64,
    /// Bytes written to the disk for one byte of a write.
    pub write_amplification: f64,
    /// Of the reads at a replica, those that go to the disk, 0 to 1.
    pub miss_rate: f64,
    /// Bytes that such a read takes from the disk.
    pub read_bytes: f64,
    /// Bytes of one node's disk.
    pub disk_bytes: f64,
    /// How full a disk may be, 0 to 1: compaction and a lost neighbour need the rest.
    pub disk_fill: f64,
    /// Bytes a second that a node's disk is planned for.
    pub disk_rate: f64,
    /// Bytes a second that a node's network is planned for.
    pub network_rate: f64,
    /// Bytes a second at which a lost node is rebuilt.
    pub rebuild_rate: f64,
    /// Zones that the copies lie in.
    pub zones: f64,
    /// Seconds that a node may be away while hints are kept for it.
    pub outage: f64,
}

impl Default for Inputs {
    /// The worked example of lesson 10: a hundred million carts.
    fn default() -> Self {
        Self {
            users: 100e6,
            requests_a_day: 10.0,
            peak: 3.0,
            write_share: 0.2,
            items: 100e6,
            item_bytes: 2000.0,
            copies: 3.0,
            read_replicas: 2.0,
            space_amplification: 1.14,
            write_amplification: 33.0,
            miss_rate: 0.2,
            read_bytes: 4096.0,
            disk_bytes: 1e12,
            disk_fill: 0.6,
            disk_rate: 250e6,
            network_rate: 600e6,
            rebuild_rate: 100e6,
            zones: 3.0,
            outage: 3.0 * 3600.0,
        }
    }
}

/// One step of the worksheet.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// What is computed.
    pub name: &'static str,
    /// How, with the names of the inputs and of earlier steps.
    pub formula: &'static str,
    /// What comes out.
    pub value: f64,
    /// Its unit: `/s`, `B`, `B/s`, `nodes`, `s`.
    pub unit: &'static str,
}

/// The whole worksheet.
#[derive(Clone, Debug, PartialEq)]
pub struct Worksheet {
    /// The steps, in order.
    pub steps: Vec<Step>,
    /// Nodes in all, with one zone to spare.
    pub nodes: f64,
    /// The step that decides their number.
    pub decisive: &'static str,
}

/// Fills the worksheet in; the error names an input that makes no sense.
///
/// # Errors
/// For an input that is not finite, not positive, or, where it is a share, more than 1.
pub fn estimate(inputs: &Inputs) -> Result<Worksheet, String> {
    check(inputs)?;
    let i = inputs;
    let mut sheet = Sheet { steps: Vec::new() };
    let average = sheet.step(
        "average requests",
        "users * requests a day / 86,400",
        i.users * i.requests_a_day / 86_400.0,
        "/s",
    );
    let peak = sheet.step(
        "peak requests",
        "average * peak factor",
        average * i.peak,
        "/s",
    );
    let writes = sheet.step(
        "peak writes",
        "peak * write share",
        peak * i.write_share,
        "/s",
    );
    let reads = sheet.step("peak reads", "peak - writes", peak - writes, "/s");
    let logical = sheet.step(
        "live data",
        "items * bytes of one",
        i.items * i.item_bytes,
        "B",
    );
    let raw = sheet.step(
        "data on disks",
        "live data * N * space amplification",
        logical * i.copies * i.space_amplification,
        "B",
    );
    let written = sheet.step(
        "disk writes",
        "writes * N * bytes of one * write amplification",
        writes * i.copies * i.item_bytes * i.write_amplification,
        "B/s",
    );
    let read = sheet.step(
        "disk reads",
        "reads * R * miss rate * bytes of a read",
        reads * i.read_replicas * i.miss_rate * i.read_bytes,
        "B/s",
    );
    let network = sheet.step(
        "network",
        "(writes * N + reads * R) * bytes of one, in and out",
        2.0 * (writes * i.copies + reads * i.read_replicas) * i.item_bytes,
        "B/s",
    );
    let by_space = sheet.step(
        "nodes by space",
        "data on disks / (disk * fill)",
        (raw / (i.disk_bytes * i.disk_fill)).ceil(),
        "nodes",
    );
    let by_disk = sheet.step(
        "nodes by disk I/O",
        "(disk writes + disk reads) / disk rate",
        ((written + read) / i.disk_rate).ceil(),
        "nodes",
    );
    let by_network = sheet.step(
        "nodes by network",
        "network / network rate",
        (network / i.network_rate).ceil(),
        "nodes",
    );
    let most = by_space.max(by_disk).max(by_network).max(i.copies);
    let decisive = [
        (by_disk, "nodes by disk I/O"),
        (by_space, "nodes by space"),
        (by_network, "nodes by network"),
    ];
    let decisive = decisive
        .into_iter()
        .find(|(nodes, _)| *nodes >= most)
        .map_or("N", |(_, name)| name);
    // The zones that are left carry everything, and all zones are of one size.
    let spare = (most / (i.zones - 1.0).max(1.0)).ceil() * i.zones;
    let nodes = sheet.step(
        "nodes, one zone to spare",
        "the most of them / (zones - 1), rounded up, * zones",
        spare,
        "nodes",
    );
    let each = sheet.step(
        "data of one node",
        "data on disks / nodes",
        raw / nodes,
        "B",
    );
    sheet.step(
        "rebuild of one node",
        "data of one node / rebuild rate",
        each / i.rebuild_rate,
        "s",
    );
    sheet.step(
        "hints for one node away",
        "writes * N * bytes of one / nodes * outage",
        writes * i.copies * i.item_bytes / nodes * i.outage,
        "B",
    );
    Ok(Worksheet {
        steps: sheet.steps,
        nodes,
        decisive,
    })
}

struct Sheet {
    steps: Vec<Step>,
}

impl Sheet {
    fn step(
        &mut self,
        name: &'static str,
        formula: &'static str,
        value: f64,
        unit: &'static str,
    ) -> f64 {
        self.steps.push(Step {
            name,
            formula,
            value,
            unit,
        });
        value
    }
}

fn check(inputs: &Inputs) -> Result<(), String> {
    let i = inputs;
    let positive = [
        ("users", i.users),
        ("requests a day", i.requests_a_day),
        ("peak factor", i.peak),
        ("items", i.items),
        ("bytes of an item", i.item_bytes),
        ("copies", i.copies),
        ("replicas read", i.read_replicas),
        ("space amplification", i.space_amplification),
        ("write amplification", i.write_amplification),
        ("bytes of a read", i.read_bytes),
        ("disk", i.disk_bytes),
        ("disk fill", i.disk_fill),
        ("disk rate", i.disk_rate),
        ("network rate", i.network_rate),
        ("rebuild rate", i.rebuild_rate),
        ("zones", i.zones),
    ];
    if let Some((name, value)) = positive
        .iter()
        .find(|(_, value)| !(value.is_finite() && *value > 0.0))
    {
        return Err(format!("{name} is {value}: it must be more than 0"));
    }
    let shares = [
        ("write share", i.write_share),
        ("miss rate", i.miss_rate),
        ("disk fill", i.disk_fill),
    ];
    if let Some((name, value)) = shares
        .iter()
        .find(|(_, value)| !(0.0..=1.0).contains(value))
    {
        return Err(format!("{name} is {value}: it is a share, 0 to 1"));
    }
    if !(i.outage.is_finite() && i.outage >= 0.0) {
        return Err(format!(
            "the outage is {}: it must not be negative",
            i.outage
        ));
    }
    if i.read_replicas > i.copies {
        return Err(format!(
            "a read asks {} replicas of {}",
            i.read_replicas, i.copies
        ));
    }
    Ok(())
}

/// A value with its unit, as people write it: `34.7k/s`, `684 GB`, `19 min`.
#[must_use]
pub fn shown(value: f64, unit: &str) -> String {
    let scaled = |steps: &[(f64, &str)]| {
        let (size, prefix) = steps
            .iter()
            .find(|(size, _)| value.abs() >= *size)
            .copied()
            .unwrap_or((1.0, ""));
        (value / size, prefix.to_owned())
    };
    let digits = |number: f64| match number.abs() {
        large if large >= 100.0 || number == number.trunc() => format!("{number:.0}"),
        large if large >= 10.0 => format!("{number:.1}"),
        _ => format!("{number:.2}"),
    };
    match unit {
        "s" => {
            let (number, name) = match value {
                long if long >= 5400.0 => (long / 3600.0, "h"),
                long if long >= 90.0 => (long / 60.0, "min"),
                short => (short, "s"),
            };
            format!("{} {name}", digits(number))
        }
        "nodes" if value == 1.0 => "1 node".to_owned(),
        "nodes" => format!("{value:.0} nodes"),
        "/s" => {
            let (number, prefix) = scaled(&[(1e6, "M"), (1e3, "k")]);
            format!("{}{prefix}/s", digits(number))
        }
        unit => {
            let (number, prefix) = scaled(&[(1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")]);
            format!("{} {prefix}{unit}", digits(number))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Inputs, estimate, shown};

    fn value(inputs: &Inputs, name: &str) -> f64 {
        let sheet = estimate(inputs).unwrap();
        sheet
            .steps
            .iter()
            .find(|step| step.name == name)
            .unwrap()
            .value
    }

    #[test]
    fn the_worked_example_gives_the_figures_of_the_lesson() {
        let inputs = Inputs::default();
        for (name, unit, told) in [
            ("average requests", "/s", "11.6k/s"),
            ("peak requests", "/s", "34.7k/s"),
            ("peak writes", "/s", "6.94k/s"),
            ("live data", "B", "200 GB"),
            ("data on disks", "B", "684 GB"),
            ("disk writes", "B/s", "1.38 GB/s"),
            ("nodes by space", "nodes", "2 nodes"),
            ("nodes by disk I/O", "nodes", "6 nodes"),
        ] {
            assert_eq!(shown(value(&inputs, name), unit), told, "{name}");
        }
        let sheet = estimate(&inputs).unwrap();
        assert_eq!((sheet.nodes, sheet.decisive), (9.0, "nodes by disk I/O"));
    }

    #[test]
    fn another_compaction_lets_space_decide() {
        let inputs = Inputs {
            write_amplification: 6.0,
            disk_bytes: 0.2e12,
            ..Inputs::default()
        };
        assert_eq!(estimate(&inputs).unwrap().decisive, "nodes by space");
    }

    #[test]
    fn an_input_that_makes_no_sense_is_named() {
        let usual = Inputs::default();
        for (inputs, part) in [
            (
                Inputs {
                    users: 0.0,
                    ..usual
                },
                "users",
            ),
            (
                Inputs {
                    disk_rate: f64::NAN,
                    ..usual
                },
                "disk rate",
            ),
            (
                Inputs {
                    write_share: 1.5,
                    ..usual
                },
                "write share",
            ),
            (
                Inputs {
                    read_replicas: 4.0,
                    ..usual
                },
                "4 replicas of 3",
            ),
            (
                Inputs {
                    outage: -1.0,
                    ..usual
                },
                "outage",
            ),
        ] {
            let error = estimate(&inputs).unwrap_err();
            assert!(error.contains(part), "{error}");
        }
    }

    #[test]
    fn values_are_shown_as_people_write_them() {
        for (value, unit, text) in [
            (34_722.0, "/s", "34.7k/s"),
            (12.0, "/s", "12/s"),
            (684e9, "B", "684 GB"),
            (1.14e12, "B", "1.14 TB"),
            (1140.0, "s", "19 min"),
            (7200.0, "s", "2 h"),
            (30.0, "s", "30 s"),
            (1.0, "nodes", "1 node"),
        ] {
            assert_eq!(shown(value, unit), text);
        }
    }
}
