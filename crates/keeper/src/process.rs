//! Which process is meant: an id alone may belong to another one by now.

/// Its id, and when it started where the system tells.
pub fn identity(pid: u32) -> String {
    format!("{pid} {}", started(pid).unwrap_or_default())
}

/// The process of this identity, unless it has ended.
pub fn living(identity: &str) -> Option<u32> {
    let (pid, start) = identity.trim_end().split_once(' ')?;
    let pid = pid.parse().ok()?;
    (started(pid)? == start.parse::<u64>().ok()?).then_some(pid)
}

/// The arguments of a process that has not ended.
#[cfg(target_os = "linux")]
pub fn arguments(pid: u32) -> Vec<String> {
    let line = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    line.split(|byte| *byte == 0).map(|argument| String::from_utf8_lossy(argument).into_owned()).collect()
}

/// When it started, in ticks since the machine did; none when it has ended, be it not yet waited for.
#[cfg(target_os = "linux")]
fn started(pid: u32) -> Option<u64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name, in parentheses, may hold anything. After it: the state, and the start as the 20th.
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
    if matches!(fields.next()?, "Z" | "X") {
        return None;
    }
    fields.nth(18)?.parse().ok()
}

#[cfg(not(target_os = "linux"))]
pub fn arguments(pid: u32) -> Vec<String> {
    let output = std::process::Command::new("ps").args(["-o", "args=", "-p", &pid.to_string()]).output();
    let line = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    line.split_whitespace().map(str::to_owned).collect()
}

#[cfg(not(target_os = "linux"))]
fn started(pid: u32) -> Option<u64> {
    let pid = rustix::process::Pid::from_raw(i32::try_from(pid).ok()?)?;
    rustix::process::test_kill_process(pid).ok().map(|()| 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_lives_until_it_has_ended() {
        let mut child = std::process::Command::new("sleep").arg("100").spawn().unwrap();
        let who = identity(child.id());
        assert_eq!(living(&who), Some(child.id()));
        assert_eq!(living(&format!("{} 1", child.id())), None);
        // A program that is just being started has none yet.
        while arguments(child.id()).len() < 2 {
            std::thread::yield_now();
        }
        assert_eq!(arguments(child.id())[..2], ["sleep", "100"]);
        child.kill().unwrap();
        // Dead but not yet waited for counts as ended.
        while living(&who).is_some() {
            std::thread::yield_now();
        }
        child.wait().unwrap();
        assert_eq!(living(&who), None);
    }
}
