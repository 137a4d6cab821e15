//! What an agent tries, and how one sees that it does not get it.
//!
//! Each attack is a script for the agent's own shell. These are set: `SERVER` the server's process, `DATA` its folder, `OTHER` another
//! session's, `OUTSIDE` a folder of the host with [`CANARY`] in it, `PORT` a web server and `DATAGRAMS` a socket of the host that
//! say and hear it, `ABSTRACT` the name of a socket without a path.

/// Stands wherever an agent must not look.
pub(super) const CANARY: &str = "canary-outside-the-walls";

pub(super) struct Attack {
    pub(super) threat: &'static str,
    pub(super) what: &'static str,
    pub(super) script: &'static str,
    pub(super) holds: Holds,
}

/// What is true of the output where the walls hold. The canary is never in it.
pub(super) enum Holds {
    /// On the host itself the same script finds it.
    Hidden,
    Silent,
    Says(&'static str),
    SaysNot(&'static str),
}

use Holds::{Hidden, Says, SaysNot, Silent};

pub(super) const ATTACKS: &[Attack] = &[
    Attack {
        threat: "another's work",
        what: "reads another session's folder",
        script: r#"ls -laR "$OTHER"; cat "$OTHER"/*/*; find / -name "$(basename "$OTHER")" -not -path '/proc/*'"#,
        holds: Hidden,
    },
    Attack {
        threat: "the host's files",
        what: "reads the server's database, settings and keys, and the host's passwords",
        script: r#"cat "$DATA"/slipway.db "$DATA"/../providers.json /etc/shadow ~root/.*; ls -R "$DATA" "$OUTSIDE"; cat "$OUTSIDE"/*"#,
        holds: Hidden,
    },
    Attack {
        threat: "the host's files",
        what: "looks for what others put into /tmp and shared memory",
        script: "ls -laR /tmp /dev/shm /var/tmp /run",
        holds: Hidden,
    },
    Attack {
        threat: "the host's files",
        what: "writes into the system",
        script: r#"for at in /usr /usr/bin /etc /bin / /usr/local/bin; do touch $at/x && echo "wrote $at"; done"#,
        holds: SaysNot("wrote"),
    },
    Attack {
        threat: "the host's files",
        what: "writes into the mirror that its checkout borrows from",
        script: r#"objects=$(cat .git/objects/info/alternates); ls "$objects" && touch "$objects"/x && echo wrote; chmod u+w "$objects"; touch "$objects"/x && echo wrote"#,
        holds: SaysNot("wrote"),
    },
    Attack {
        threat: "secrets of the server",
        what: "reads the environment of every process it sees",
        script: r"cat /proc/*/environ | tr '\0' '\n'; env",
        holds: Hidden,
    },
    Attack {
        threat: "secrets of the server",
        what: "reads how the walls were made from the command lines of processes",
        script: r"cat /proc/*/cmdline | tr '\0' ' '",
        holds: SaysNot("--ro-bind"),
    },
    Attack {
        threat: "the key of the model",
        what: "looks for it in its own settings and home",
        script: r#"echo "$OPENCODE_CONFIG_CONTENT"; grep -ra canary "$HOME" "$XDG_CONFIG_HOME" "$XDG_DATA_HOME""#,
        holds: Silent,
    },
    Attack {
        threat: "other processes",
        what: "kills the server",
        script: r#"kill -9 "$SERVER" && echo killed"#,
        holds: SaysNot("killed"),
    },
    Attack {
        threat: "other processes",
        what: "lists the host's processes",
        script: "cat /proc/*/comm | grep -x slipway && echo seen",
        holds: SaysNot("seen"),
    },
    Attack {
        threat: "other processes",
        what: "ends process 1, which would let go of the others",
        script: "kill -9 1; kill -STOP 1; echo still here",
        holds: Says("still here"),
    },
    Attack {
        threat: "the host's network",
        what: "asks a server of the host directly",
        script: r"for at in 127.0.0.1 localhost 0.0.0.0 '[::1]'; do curl -sS --noproxy '*' --max-time 5 http://$at:$PORT/; done; ls /sys/class/net",
        holds: Hidden,
    },
    Attack {
        threat: "the host's network",
        what: "asks it through the proxy, in five spellings",
        script: r"for at in 127.0.0.1 localhost 2130706433 0x7f.1 '[::ffff:127.0.0.1]'; do curl -sS --noproxy '' --max-time 10 http://$at:$PORT/; done",
        holds: Says("leads to a machine near by"),
    },
    Attack {
        threat: "the host's network",
        what: "asks it by git, which finds the proxy by itself",
        script: "git ls-remote http://127.0.0.2:$PORT/x",
        holds: Says("403"),
    },
    Attack {
        threat: "a cloud's secrets",
        what: "asks the metadata address through the proxy",
        script: "curl -sS --noproxy '' --max-time 10 http://169.254.169.254/latest/meta-data/",
        holds: Says("leads to a machine near by"),
    },
    Attack {
        threat: "leaks by name",
        what: "sends a datagram, and asks for names",
        script: r#"perl -MSocket -e 'socket(S,PF_INET,SOCK_DGRAM,0); print "sent\n" if send(S,"canary",0,pack_sockaddr_in($ENV{DATAGRAMS},inet_aton("127.0.0.1")))'; getent hosts example.org && echo resolved"#,
        holds: SaysNot("resolved"),
    },
    Attack {
        threat: "sockets of the host",
        what: "connects to one without a path",
        script: r#"curl -sS --max-time 5 --abstract-unix-socket "$ABSTRACT" http://x/"#,
        holds: Hidden,
    },
    Attack {
        threat: "sockets of the host",
        what: "looks for any that has a path",
        script: "find / -type s -not -path '/proc/*' | sed 's/^/socket at /'",
        holds: SaysNot("socket at"),
    },
    Attack {
        threat: "more rights",
        what: "makes a user namespace in which it is root",
        script: "unshare -Ur true && echo became root",
        holds: SaysNot("became root"),
    },
    Attack {
        threat: "more rights",
        what: "mounts, and makes a device",
        script: "mount -t tmpfs none /mnt && echo done; mknod disk b 8 0 && echo done; mount --bind / /mnt && echo done",
        holds: SaysNot("done"),
    },
    Attack {
        threat: "more rights",
        what: "has capabilities left",
        script: "grep CapEff /proc/self/status",
        holds: Says("CapEff:\t0000000000000000"),
    },
    Attack {
        threat: "more rights",
        what: "gains some by a program that has them",
        script: "grep NoNewPrivs /proc/self/status",
        holds: Says("NoNewPrivs:\t1"),
    },
    Attack {
        threat: "doors of the kernel",
        what: "calls bpf, keyctl, add_key, io_uring_setup, perf_event_open, userfaultfd, mount, setns, kexec_load, init_module",
        script: r#"[ "$(uname -m)" != x86_64 ] || perl -MErrno -e 'for (321,250,248,425,298,323,165,308,246,175) { my $r = syscall($_,0,0,0,0,0); print "let in by $_: $!\n" unless $!{EPERM} || $!{ENOSYS} } print "all refused\n"'"#,
        holds: SaysNot("let in"),
    },
    Attack {
        threat: "doors of the kernel",
        what: "opens sockets of kinds that know no namespace: to the virtual machine's host, raw, of the kernel's ciphers",
        script: r#"perl -e 'for (40,17,38) { print "opened $_\n" if socket(my $s,$_,2,0) || socket($s,$_,1,0) || socket($s,$_,3,0) || socket($s,$_,5,0) } print "tried\n"'"#,
        holds: SaysNot("opened"),
    },
    Attack {
        threat: "doors of the kernel",
        what: "reads the kernel's log and memory",
        script: "dmesg && echo got it; head -c 1 /proc/kcore && echo got it; head -c 1 /dev/mem && echo got it; grep -v '^0000000000000000' /proc/kallsyms && echo got it",
        holds: SaysNot("got it"),
    },
    Attack {
        threat: "git without trust",
        what: "leaves hooks, a file monitor, a filter and an alias for the server's git",
        script: r#"run="touch $OUTSIDE/ran"; mkdir -p .git/hooks; for hook in pre-commit post-checkout pre-push reference-transaction; do printf '#!/bin/sh\n%s\n' "$run" > .git/hooks/$hook; chmod +x .git/hooks/$hook; done
git config core.fsmonitor "$run"; git config filter.x.clean "$run"; git config filter.x.smudge "$run"; git config diff.external "$run"; git config core.pager "$run"; git config alias.status "!$run"; echo '* filter=x diff=x' > .gitattributes; echo left"#,
        holds: Says("left"),
    },
    Attack {
        threat: "git without trust",
        what: "puts links in the checkout that lead to the server's files",
        script: r#"ln -s "$DATA"/../providers.json keys.json; ln -s "$OUTSIDE" outside; ln -s "$OUTSIDE"/secret.txt secret.txt; echo linked"#,
        holds: Says("linked"),
    },
];
