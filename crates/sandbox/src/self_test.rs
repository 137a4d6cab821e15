//! Whether the walls hold on this machine: a program behind them tries to get out.

use std::{
    collections::BTreeMap,
    fs,
    net::{Ipv4Addr, TcpListener},
    path::Path,
    time::Duration,
};

use crate::{During, Isolation, Job, Sandbox, SandboxError, View};

const SCRIPT: &str = include_str!("self_test.sh");
const LIMIT: Duration = Duration::from_secs(20);
/// The namespaces that must be another one inside.
const NAMESPACES: [&str; 6] = ["user", "pid", "net", "ipc", "uts", "mnt"];

impl Sandbox {
    /// Tries to break out, with a secret planted in `folder`, which must be a place where the server keeps its own. Gives a
    /// sentence that says what to do where that works, or where nothing can be started behind walls at all.
    pub async fn self_test(&self, folder: &Path) -> Result<(), SandboxError> {
        let Isolation::Bubblewrap(bubblewrap) = &self.isolation else { return Ok(()) };
        if !bubblewrap.program.is_file() {
            return Err(does_not_hold(
                "the program bwrap is missing. Install bubblewrap, for example: sudo apt-get install bubblewrap",
            ));
        }
        let folder =
            std::path::absolute(folder).during(|| format!("find the folder {}", folder.display()))?;
        let own = folder.join(format!("self-test-{}", std::process::id()));
        let secret = folder.join(format!("self-test-{}.secret", std::process::id()));
        let outside =
            TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).during(|| "listen on the loopback".into())?;
        let port = outside.local_addr().during(|| "listen on the loopback".into())?.port();
        let planted = fs::create_dir_all(&own).and_then(|()| fs::write(&secret, "secret"));
        planted.during(|| format!("write in {}", folder.display()))?;
        let said = self.try_to_get_out(&own, &secret, port).await;
        let has_worked = own.join("written").is_file();
        let _ = (fs::remove_dir_all(&own), fs::remove_file(&secret));
        let said = said?;
        let found: Vec<&str> = said.lines().filter(|line| *line != "tried").collect();
        match found.as_slice() {
            [] if has_worked => Ok(()),
            [] => Err(does_not_hold("nothing can be written behind them")),
            [first, ..] => Err(does_not_hold(&breach(first))),
        }
    }

    async fn try_to_get_out(&self, own: &Path, secret: &Path, port: u16) -> Result<String, SandboxError> {
        let text = |path: &Path| path.to_string_lossy().into_owned();
        let mut argv = vec!["/bin/bash".into(), "-c".into(), SCRIPT.into(), "slipway-self-test".into()];
        argv.extend([text(secret), port.to_string()]);
        argv.extend(
            NAMESPACES.iter().filter_map(|name| {
                fs::read_link(format!("/proc/self/ns/{name}")).ok().map(|link| text(&link))
            }),
        );
        let env = BTreeMap::from([("PATH".to_owned(), "/usr/bin:/bin".to_owned())]);
        let view = View::of(own);
        let job =
            Job { argv, env, cwd: own.into(), view, stdin: Vec::new(), timeout: LIMIT, output_limit: 4096 };
        let output = self.run(job).await?;
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        if output.status == 0 && said.ends_with("tried\n") {
            return Ok(said);
        }
        Err(does_not_hold(&why(String::from_utf8_lossy(&output.stderr).trim())))
    }
}

fn does_not_hold(why: &str) -> SandboxError {
    SandboxError::DoesNotHold { why: why.trim_end_matches('.').to_owned() }
}

fn breach(word: &str) -> String {
    match word {
        "file" => "a file of the server can be read from inside. Keep the data folder out of the system's own folders and of \
                   SLIPWAY_SANDBOX_PATHS"
            .into(),
        "network" => "the machine's own network can be reached from inside".into(),
        "processes" => "other processes can be seen from inside".into(),
        "environment" => "an environment can be read from inside".into(),
        "system" => "the system can be changed from inside".into(),
        "capabilities" | "privileges" => "a program inside keeps rights of the system".into(),
        "namespace nested" => "a program inside can make a user namespace of its own".into(),
        namespace => format!("a program inside is in the machine's own {namespace}"),
    }
}

/// What bubblewrap says, and what usually helps.
fn why(said: &str) -> String {
    let said = said.lines().last().unwrap_or("it says nothing").trim_start_matches("bwrap: ");
    let restricted = fs::read_to_string("/proc/sys/kernel/apparmor_restrict_unprivileged_userns");
    let advice = if said.contains("Unknown option") {
        "Install bubblewrap 0.8 or newer"
    } else if restricted.is_ok_and(|value| value.trim() == "1") {
        "AppArmor keeps programs from making user namespaces: allow it for bwrap by a profile, or set \
         kernel.apparmor_restrict_unprivileged_userns to 0 with sysctl"
    } else if Path::new("/.dockerenv").exists() || Path::new("/run/.containerenv").exists() {
        "This is a container: start it with a seccomp profile that allows user namespaces, and with /proc unmasked"
    } else {
        "See that user namespaces are allowed (sysctl user.max_user_namespaces, kernel.unprivileged_userns_clone) and that bash is \
         installed"
    };
    format!("bubblewrap cannot put them up ({said}). {advice}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_comes_with_what_to_do() {
        let old = does_not_hold(&why("bwrap: Unknown option --disable-userns")).to_string();
        assert!(old.contains("(Unknown option --disable-userns). Install bubblewrap 0.8 or newer."), "{old}");
        assert!(breach("namespace pid").contains("the machine's own namespace pid"));
    }
}
