//! The second layer: what holds where the walls have a hole, and where there are none at all.

use std::{
    fs,
    os::{
        linux::net::SocketAddrExt as _,
        unix::{
            fs::PermissionsExt as _,
            net::{SocketAddr, UnixListener},
        },
    },
    path::Path,
    process::Command,
};

use slipway_keeper::landlock;
use slipway_sandbox::{Isolation, Sandbox, View};

use crate::{server, stage::Stage, walls::bubblewrap};

const KEEPER: &str = env!("CARGO_BIN_EXE_slipway-keeper");
const SECRET: &str = "what the server keeps";

/// False, and said so, where the kernel has none.
fn is_there() -> bool {
    let there = landlock::is_there();
    if !there {
        println!("passed over: this kernel has no Landlock");
    }
    there
}

#[test]
fn alone_it_keeps_writes_signals_and_sockets_inside() {
    if !is_there() {
        return;
    }
    let [inside, outside] = [(); 2].map(|()| tempfile::tempdir().unwrap());
    fs::create_dir(inside.path().join("folder")).unwrap();
    fs::write(outside.path().join("kept"), "kept\n").unwrap();
    let mut victim = Command::new("sleep").arg("1000").spawn().unwrap();
    let name = format!("slipway-landlock-{}", std::process::id());
    let listener = UnixListener::bind_addr(&SocketAddr::from_abstract_name(&name).unwrap()).unwrap();
    listener.set_nonblocking(true).unwrap();
    let script = format!(
        "cd {inside}; echo in >file && echo wrote inside; mv file folder/file && echo moved; : >/dev/null && echo null; \
         cat {outside}/kept; \
         echo out >{outside}/new && echo wrote outside; echo out >>{outside}/kept && echo changed; rm -f {outside}/kept && echo removed; \
         mv {outside}/kept . && echo took; ln {outside}/kept linked && echo linked; \
         kill -0 {victim} && echo signalled; curl -sS --max-time 5 --abstract-unix-socket {name} http://x/; exit 7",
        inside = inside.path().display(),
        outside = outside.path().display(),
        victim = victim.id(),
    );
    let writable = serde_json::to_string(&[inside.path(), Path::new("/dev")]).unwrap();
    let order = ["init", "--inside", "--writable", &writable, "--", "/bin/bash", "-c", &script];
    let said = Command::new(KEEPER).args(order).output().unwrap();
    victim.kill().unwrap();
    victim.wait().unwrap();
    let errors = String::from_utf8_lossy(&said.stderr);
    assert_eq!(String::from_utf8_lossy(&said.stdout), "wrote inside\nmoved\nnull\nkept\n", "{errors}");
    assert_eq!(said.status.code(), Some(7), "{errors}");
    assert_eq!(fs::read_to_string(outside.path().join("kept")).unwrap(), "kept\n");
    assert!(listener.accept().is_err(), "nobody came");
}

/// As if something had left a folder of the host open: its path leads past all mounts.
#[tokio::test]
async fn through_a_hole_in_the_walls_nothing_is_read() {
    let Some(bubblewrap) = bubblewrap() else { return };
    if !is_there() {
        return;
    }
    let (stage, outside) = (Stage::new(), tempfile::tempdir().unwrap());
    let secret = outside.path().join("secret");
    fs::write(&secret, SECRET).unwrap();
    let leaky = stage.path("leaky-keeper");
    fs::write(&leaky, format!("#!/bin/bash\n[ -e /proc/self/fd/9 ] || exec 9</\nexec {KEEPER} \"$@\"\n"))
        .unwrap();
    fs::set_permissions(&leaky, fs::Permissions::from_mode(0o755)).unwrap();
    let sandbox = Sandbox::new(leaky, Isolation::Bubblewrap(bubblewrap));

    let hole = format!("/proc/self/fd/9{}", secret.display());
    let script = format!(
        "[ -e {hole} ] && echo there is a hole; cat {hole}; echo x >{hole}; ls /proc/self/fd/9/; echo over"
    );
    let mut job =
        server::a_job(["/bin/bash", "-c", &script].map(str::to_owned).into(), stage.folder.path().into());
    job.view = View::of(stage.folder.path()).reading([KEEPER.into()]);
    let output = sandbox.run(job).await.unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(said, "there is a hole\nover\n", "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(fs::read_to_string(&secret).unwrap(), SECRET);
}
