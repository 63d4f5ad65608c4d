//! Members come and go while clients read and write.

use super::*;
use crate::node::{Condition, Edit};
use crate::ring::Reshape;

const MOVED_WITHIN: Duration = Duration::from_secs(60);

fn join(cluster: &mut Cluster, node: u32) {
    cluster.add_machine(NodeId(node)).unwrap();
    let member = cluster.newcomer(NodeId(node), None, None);
    cluster.reshape(&Reshape::Join(member), None).unwrap();
}

fn moved(cluster: &mut Cluster) {
    let verdict = cluster.run_until_moved(MOVED_WITHIN).unwrap();
    assert_eq!(verdict, Ok(()));
    assert_eq!(cluster.check_topology(), Ok(()));
}

fn key(number: u32) -> Vec<u8> {
    format!("k{number}").into_bytes()
}

fn filled(change: impl FnOnce(&mut ClusterConfig)) -> Cluster {
    let mut cluster = cluster(change);
    for number in 0..100 {
        cluster
            .put(&key(number), &key(number), &PutOptions::default())
            .unwrap();
    }
    cluster
}

fn all_there(cluster: &mut Cluster) {
    for number in 0..100 {
        let read = cluster.get(&key(number), &GetOptions::default()).unwrap();
        assert_eq!(read.values, [key(number)], "k{number}");
    }
    let verdict = cluster.check_converged();
    assert_eq!(verdict, Ok(()));
}

#[test]
fn a_node_that_joins_is_given_its_part_and_owns_it_then() {
    let mut cluster = filled(|config| config.nodes = 3);
    join(&mut cluster, 4);
    assert!(cluster.is_moving());
    moved(&mut cluster);
    assert_eq!((cluster.epoch(), cluster.moves()), (3, (1, 0)));
    let owned = (0..100)
        .filter(|number| cluster.owners(&key(*number)).contains(&NodeId(4)))
        .count();
    assert!((40..=100).contains(&owned), "{owned} of 100 keys");
    cluster.settle().unwrap();
    cluster.run_for(Duration::from_secs(5)).unwrap();
    all_there(&mut cluster);
    // Whoever gave keys away does not keep them.
    let held: usize = cluster
        .nodes()
        .iter()
        .map(|node| cluster.world().cells(*node).unwrap().len())
        .sum();
    assert_eq!(held, 300);
}

#[test]
fn a_node_that_leaves_gives_all_away_and_is_asked_no_more() {
    let mut cluster = filled(|_| {});
    cluster.reshape(&Reshape::Leave(NodeId(2)), None).unwrap();
    moved(&mut cluster);
    cluster.run_for(Duration::from_secs(5)).unwrap();
    assert!(cluster.world().cells(NodeId(2)).unwrap().is_empty());
    let refused = cluster.put(b"k1", b"v", &via(NodeId(2))).unwrap_err();
    assert!(refused.to_string().contains("no member"), "{refused}");
    cluster.kill(NodeId(2)).unwrap();
    all_there(&mut cluster);
}

#[test]
fn a_dead_node_is_replaced_or_removed_without_a_word_from_it() {
    for replaced in [true, false] {
        let mut cluster = filled(|_| {});
        cluster.kill(NodeId(5)).unwrap();
        let reshape = match replaced {
            true => {
                cluster.add_machine(NodeId(9)).unwrap();
                Reshape::Replace(NodeId(5), NodeId(9))
            }
            false => Reshape::Remove(NodeId(5)),
        };
        cluster.reshape(&reshape, None).unwrap();
        moved(&mut cluster);
        cluster.run_for(Duration::from_secs(5)).unwrap();
        all_there(&mut cluster);
        // It comes back with what it had, and does no harm.
        cluster.restart(NodeId(5)).unwrap();
        cluster.run_for(Duration::from_secs(5)).unwrap();
        let refused = cluster.put(b"k1", b"old", &via(NodeId(5))).unwrap_err();
        assert_eq!(refused.code(), Code::Unavailable);
        all_there(&mut cluster);
    }
}

#[test]
fn weights_zones_and_copies_change_while_it_runs() {
    let mut cluster = filled(|config| config.zones = 2);
    let heavy = cluster.newcomer(NodeId(3), Some(crate::Zone(2)), Some(4));
    cluster.reshape(&Reshape::Change(heavy), None).unwrap();
    moved(&mut cluster);
    cluster.reshape(&Reshape::Copies(0, 5), None).unwrap();
    moved(&mut cluster);
    cluster.run_for(Duration::from_secs(20)).unwrap();
    let held: usize = cluster
        .nodes()
        .iter()
        .map(|node| cluster.world().cells(*node).unwrap().len())
        .sum();
    assert_eq!(held, 500, "five copies of each key");
    assert_eq!(cluster.owners(b"k1").len(), 5);
    cluster.reshape(&Reshape::Copies(0, 2), None).unwrap();
    moved(&mut cluster);
    let held: usize = cluster
        .nodes()
        .iter()
        .map(|node| cluster.world().cells(*node).unwrap().len())
        .sum();
    assert_eq!(held, 200, "two copies of each key");
}

#[test]
fn of_two_plans_at_once_one_is_taken_and_the_other_told() {
    let mut cluster = filled(|_| {});
    cluster.add_machine(NodeId(6)).unwrap();
    let member = cluster.newcomer(NodeId(6), None, None);
    let tickets = [
        cluster
            .start_reshape(&Reshape::Join(member), Some(NodeId(1)), None)
            .unwrap(),
        cluster
            .start_reshape(&Reshape::Leave(NodeId(3)), Some(NodeId(2)), None)
            .unwrap(),
    ];
    let ends: Vec<_> = tickets
        .into_iter()
        .map(|ticket| cluster.wait(ticket).map(|read| read.version))
        .collect();
    let done = ends.iter().filter(|end| end.is_ok()).count();
    assert_eq!(done, 1, "{ends:?}");
    let told = ends.iter().find_map(|end| end.as_ref().err()).unwrap();
    assert_eq!(told.code(), Code::Conflict, "{told}");
    let again = cluster
        .reshape(&Reshape::Leave(NodeId(4)), None)
        .unwrap_err();
    assert!(again.to_string().contains("under way"), "{again}");
    moved(&mut cluster);
    all_there(&mut cluster);
}

#[test]
fn a_move_that_is_cancelled_leaves_all_as_it_was() {
    let mut cluster = filled(|_| {});
    cluster.add_machine(NodeId(6)).unwrap();
    let member = cluster.newcomer(NodeId(6), None, None);
    cluster.kill(NodeId(5)).unwrap();
    cluster.reshape(&Reshape::Join(member), None).unwrap();
    cluster.run_for(Duration::from_secs(5)).unwrap();
    assert!(cluster.is_moving(), "n5 has not given its part");
    for number in 0..100 {
        cluster
            .put(&key(number), b"x", &PutOptions::default())
            .unwrap();
        let seen = cluster.get(&key(number), &GetOptions::default()).unwrap();
        let options = PutOptions {
            context: Some(seen.context),
            ..PutOptions::default()
        };
        cluster.put(&key(number), &key(number), &options).unwrap();
    }
    cluster.reshape(&Reshape::Cancel, None).unwrap();
    cluster.restart(NodeId(5)).unwrap();
    moved(&mut cluster);
    assert_eq!(cluster.moves(), (0, 1));
    cluster.run_for(Duration::from_secs(20)).unwrap();
    assert!(cluster.world().cells(NodeId(6)).unwrap().is_empty());
    all_there(&mut cluster);
}

#[test]
fn registers_move_with_all_that_was_promised_and_accepted() {
    let mut cluster = cluster(|config| {
        config.conflict = Conflict::Cas;
        config.nodes = 3;
        config.timeout = Duration::from_secs(10);
    });
    let add = |cluster: &mut Cluster, number: u32| {
        cluster
            .cas(&key(number), &[], Edit::Add(1), &PutOptions::default())
            .unwrap()
    };
    (0..30).for_each(|number| drop(add(&mut cluster, number)));
    let changes = [Some(4), Some(5), None, Some(6), None];
    let mut left = 1;
    for (round, change) in changes.into_iter().enumerate() {
        match change {
            Some(node) => join(&mut cluster, node),
            None => {
                cluster
                    .reshape(&Reshape::Leave(NodeId(left)), Some(NodeId(4)))
                    .unwrap();
                left += 1;
            }
        }
        (0..30).for_each(|number| {
            let node = cluster.topology().members.last().unwrap().node;
            cluster
                .cas(&key(number), &[Condition::Exists], Edit::Add(1), &via(node))
                .unwrap();
        });
        moved(&mut cluster);
        for number in 0..30 {
            let node = cluster.topology().members[0].node;
            let read = cluster
                .get(
                    &key(number),
                    &GetOptions {
                        via: Some(node),
                        ..GetOptions::default()
                    },
                )
                .unwrap();
            assert_eq!(
                read.version,
                round as u64 + 2,
                "k{number} after round {round}"
            );
        }
    }
}

#[test]
fn a_node_that_lost_its_disk_is_taken_in_again_before_it_votes() {
    let mut cluster = cluster(|config| config.conflict = Conflict::Cas);
    for number in 0..20 {
        cluster
            .cas(&key(number), &[], Edit::Add(1), &PutOptions::default())
            .unwrap();
    }
    cluster.wipe(NodeId(2)).unwrap();
    cluster.restart(NodeId(2)).unwrap();
    cluster.run_for(Duration::from_secs(10)).unwrap();
    assert!(!cluster.world().node(NodeId(2)).unwrap().is_rebuilding());
    assert_eq!(cluster.topology().lives.get(&NodeId(2)), Some(&2));
    cluster.kill(NodeId(1)).unwrap();
    for number in 0..20 {
        let options = via(NodeId(2));
        assert_eq!(
            cluster
                .cas(&key(number), &[], Edit::Add(1), &options)
                .unwrap()
                .version,
            2
        );
    }
}

#[test]
fn all_disks_lost_at_once_found_the_cluster_anew() {
    let mut cluster = filled(|_| {});
    for node in cluster.nodes() {
        cluster.wipe(node).unwrap();
    }
    for node in cluster.nodes() {
        cluster.restart(node).unwrap();
    }
    cluster.run_for(Duration::from_secs(30)).unwrap();
    let rebuilding = |node: &NodeId| cluster.world().node(*node).unwrap().is_rebuilding();
    assert!(!cluster.nodes().iter().any(rebuilding));
    assert_eq!(cluster.check_topology(), Ok(()));
    cluster.put(b"k", b"v", &PutOptions::default()).unwrap();
}

#[test]
fn an_old_copy_of_a_disk_is_no_better_than_none() {
    let mut cluster = cluster(|config| config.conflict = Conflict::Cas);
    let add = |cluster: &mut Cluster, via: u32| {
        let options = PutOptions {
            via: Some(NodeId(via)),
            ..PutOptions::default()
        };
        cluster
            .cas(b"k", &[], Edit::Add(1), &options)
            .unwrap()
            .version
    };
    let owner = cluster.owners(b"k")[0];
    assert_eq!(add(&mut cluster, owner.0), 1);
    cluster.disk(owner, crate::sim::DiskFault::Backup).unwrap();
    cluster.kill(owner).unwrap();
    cluster.restart(owner).unwrap();
    for version in 2..10 {
        assert_eq!(add(&mut cluster, owner.0), version);
    }
    assert!(
        cluster.disk(owner, crate::sim::DiskFault::Restore).is_err(),
        "it is up"
    );
    cluster.kill(owner).unwrap();
    cluster.disk(owner, crate::sim::DiskFault::Restore).unwrap();
    cluster.restart(owner).unwrap();
    assert!(
        cluster.world().node(owner).unwrap().is_rebuilding(),
        "it forgot what it said since"
    );
    cluster.run_for(Duration::from_secs(10)).unwrap();
    assert!(!cluster.world().node(owner).unwrap().is_rebuilding());
    let life = cluster.topology().lives.get(&owner).copied();
    assert_eq!(
        life,
        Some(4),
        "taken in again by the others; putting a copy back counts"
    );
    assert_eq!(add(&mut cluster, owner.0), 10);
    assert_eq!(cluster.check_linearizable(), Ok(()));
}

#[test]
fn a_copy_of_the_life_that_has_just_ended_is_known_for_one() {
    let mut cluster = cluster(|config| config.conflict = Conflict::Cas);
    let at = |via: NodeId| PutOptions {
        via: Some(via),
        ..PutOptions::default()
    };
    let owners = cluster.owners(b"k");
    let put = |cluster: &mut Cluster, value: &'static [u8]| {
        let edit = Edit::Put(Bytes::from_static(value));
        cluster.cas(b"k", &[], edit, &at(owners[0])).unwrap()
    };
    put(&mut cluster, b"old");
    cluster.run_for(Duration::from_secs(1)).unwrap();
    cluster
        .disk(owners[1], crate::sim::DiskFault::Backup)
        .unwrap();
    cluster.isolate(owners[2]).unwrap();
    put(&mut cluster, b"new");
    cluster.heal().unwrap();
    cluster.kill(owners[1]).unwrap();
    cluster
        .disk(owners[1], crate::sim::DiskFault::Restore)
        .unwrap();
    cluster.restart(owners[1]).unwrap();
    cluster.isolate(owners[0]).unwrap();
    let read = GetOptions {
        via: Some(owners[2]),
        ..GetOptions::default()
    };
    let answer = cluster.get(b"k", &read);
    assert!(answer.is_err(), "the one that knows is away: {answer:?}");
    cluster.heal().unwrap();
    cluster.run_for(Duration::from_secs(10)).unwrap();
    assert_eq!(
        cluster.get(b"k", &read).unwrap().values,
        [b"new".as_slice()]
    );
    assert_eq!(cluster.check_linearizable(), Ok(()));
}

#[test]
fn a_disk_that_is_another_node_s_is_refused() {
    let disks: Vec<_> = (0..2).map(|_| crate::vfs::MemoryDisk::new()).collect();
    let config = ClusterConfig {
        nodes: 2,
        replication: 2,
        ..ClusterConfig::default()
    };
    let on = |order: [usize; 2]| {
        let disk = |place: usize| {
            std::sync::Arc::new(disks[place].clone()) as std::sync::Arc<dyn crate::vfs::Vfs>
        };
        let disks = [(NodeId(1), disk(order[0])), (NodeId(2), disk(order[1]))];
        Cluster::on_disks(config.clone(), disks.into())
    };
    drop(on([0, 1]).unwrap());
    drop(on([0, 1]).unwrap());
    let refused = on([1, 0]).unwrap_err();
    assert!(refused.to_string().contains("the disk of n2"), "{refused}");
}

#[test]
fn a_node_that_dies_while_ranges_move_to_it_goes_on_where_it_was() {
    let streamed = |dies: bool| {
        let mut cluster = cluster(|config| {
            config.nodes = 4;
            config.repair_rate = 500_000;
            config.repair = Duration::ZERO;
            config.seed = 5;
        });
        for number in 0..300 {
            cluster
                .put(&key(number), &[b'v'; 60_000], &PutOptions::default())
                .unwrap();
        }
        join(&mut cluster, 5);
        cluster.run_for(Duration::from_secs(2)).unwrap();
        assert!(cluster.is_moving(), "so much takes longer at this rate");
        if dies {
            for node in [5, 1] {
                cluster.kill(NodeId(node)).unwrap();
                cluster.restart(NodeId(node)).unwrap();
            }
        }
        assert_eq!(
            cluster.run_until_moved(Duration::from_secs(300)).unwrap(),
            Ok(())
        );
        for number in 0..300 {
            let read = cluster.get(&key(number), &GetOptions::default()).unwrap();
            assert_eq!(read.values, [vec![b'v'; 60_000]]);
        }
        cluster.world().stats(NodeId(5)).rebuilt_cells
    };
    let (whole, interrupted) = (streamed(false), streamed(true));
    assert!(whole > 300, "every owner gives what it has: {whole}");
    assert!(
        interrupted < whole + whole / 4,
        "{interrupted} cells against {whole}"
    );
}
