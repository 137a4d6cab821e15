//! What an init is to do, as its command line says.

use std::{ffi::OsString, path::PathBuf, time::Duration};

use slipway_keeper::wire::{Group, Walls};

/// Told to end, the program has so long unless the order says otherwise.
const GRACE: Duration = Duration::from_secs(5);

/// What to run, read from the command line.
#[derive(Debug, PartialEq)]
pub(crate) struct Order {
    pub(super) place: Place,
    pub(super) grace: Duration,
    /// Joined before anything is started: the outer init's business, or the only one's.
    pub(super) groups: Vec<Group>,
    /// The ports of the door, which then is the standard input: the inner init's business.
    pub(super) door: Option<Vec<u16>>,
    pub(super) program: OsString,
    pub(super) arguments: Vec<OsString>,
}

/// On which side of the walls.
#[derive(Debug, PartialEq)]
pub(super) enum Place {
    /// There are none. The parent must live; without an id init trusts that it did not die before init looked.
    Host {
        parent: Option<i32>,
    },
    Outside {
        parent: Option<i32>,
        walls: Box<Walls>,
    },
    /// Process 1. Whoever put up the walls has seen to it that it dies with them.
    Inside {
        writable: Vec<PathBuf>,
    },
}

impl Order {
    pub(crate) fn read(arguments: &[OsString]) -> Option<Self> {
        let (mut parent, mut grace, mut walls, mut inside, mut door) = (None, GRACE, None, false, None);
        let (mut groups, mut writable) = (Vec::new(), Vec::new());
        let mut rest = arguments.iter();
        loop {
            match rest.next()?.to_str()? {
                "--parent" => parent = Some(rest.next()?.to_str()?.parse().ok()?),
                "--grace-ms" => grace = Duration::from_millis(rest.next()?.to_str()?.parse().ok()?),
                "--walls" => walls = Some(serde_json::from_str(rest.next()?.to_str()?).ok()?),
                "--groups" => groups = serde_json::from_str(rest.next()?.to_str()?).ok()?,
                "--inside" => inside = true,
                "--writable" => writable = serde_json::from_str(rest.next()?.to_str()?).ok()?,
                "--door" => {
                    let ports = rest.next()?.to_str()?.split(',').map(str::parse);
                    door = Some(ports.collect::<Result<_, _>>().ok()?);
                }
                "--" => break,
                _ => return None,
            }
        }
        let place = match (inside, walls) {
            (true, None) => Place::Inside { writable },
            (true, Some(_)) => return None,
            (false, Some(walls)) => Place::Outside { parent, walls },
            (false, None) => Place::Host { parent },
        };
        let program = rest.next()?.clone();
        Some(Self { place, grace, groups, door, program, arguments: rest.cloned().collect() })
    }

    /// The command line of the inner init.
    #[cfg(target_os = "linux")]
    pub(super) fn inside(&self, walls: &Walls) -> Vec<OsString> {
        let mut line = vec![walls.init.clone().into_os_string(), "init".into(), "--inside".into()];
        line.extend(["--grace-ms".into(), self.grace.as_millis().to_string().into()]);
        let writable = serde_json::to_string(&walls.writable).expect("paths are JSON");
        line.extend(["--writable".into(), writable.into()]);
        if let Some(ports) = &self.door {
            let ports: Vec<_> = ports.iter().map(u16::to_string).collect();
            line.extend(["--door".into(), ports.join(",").into()]);
        }
        line.extend(["--".into(), self.program.clone()]);
        line.extend(self.arguments.iter().cloned());
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Option<Order> {
        Order::read(&line.split(' ').map(OsString::from).collect::<Vec<_>>())
    }

    #[test]
    fn the_order_is_read_up_to_the_dashes() {
        let order = read("--parent 7 --grace-ms 20 -- git -- --parent").unwrap();
        assert_eq!((order.place, order.grace), (Place::Host { parent: Some(7) }, Duration::from_millis(20)));
        assert_eq!((order.program, order.arguments), ("git".into(), vec!["--".into(), "--parent".into()]));
        assert_eq!(read("-- true").unwrap().grace, GRACE);
        for wrong in [
            "",
            "--",
            "true",
            "--parent -- true",
            "--parent x -- true",
            "--other 1 -- true",
            "--door x -- true",
            "--walls {} -- true",
            "--groups {} -- true",
            "--inside --writable x -- true",
        ] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_inner_init_is_told_what_the_outer_one_was() {
        let walls =
            r#"{"program":"/usr/bin/bwrap","options":[],"files":{},"writable":["/tmp"],"init":"/run/init"}"#;
        let groups = r#"[{"folder":"/g","limits":[{"file":"pids.max","value":"9","optional":false}]}]"#;
        let outer = read(&format!(
            "--parent 7 --walls {walls} --groups {groups} --grace-ms 20 --door 1,2 -- git --parent 9"
        ))
        .unwrap();
        assert_eq!(outer.groups[0].limits[0].file, "pids.max");
        let Place::Outside { parent: Some(7), walls } = &outer.place else { panic!("{outer:?}") };
        let line = outer.inside(walls);
        assert_eq!(line[..2], ["/run/init", "init"]);
        let inner = Order::read(&line[2..]).unwrap();
        let place = Place::Inside { writable: vec!["/tmp".into()] };
        assert_eq!(inner, Order { place, groups: Vec::new(), ..outer });
    }
}
