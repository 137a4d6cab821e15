//! Which calls of the kernel nothing inside may make: those that no build and no test needs and that break out of
//! sandboxes now and then.
//!
//! A call that is refused fails as if the right to it were missing, and programs go on without. `clone3` alone fails as if
//! the kernel did not know it: its flags cannot be looked at, and libraries then use `clone`.

use std::{collections::BTreeMap, io};

use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
};

/// Refused whatever they are called with.
const REFUSED: [i64; 42] = [
    // Keys of the kernel have no namespace.
    libc::SYS_add_key,
    libc::SYS_keyctl,
    libc::SYS_request_key,
    // Programs and memory of the kernel.
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_userfaultfd,
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    libc::SYS_kexec_load,
    libc::SYS_kexec_file_load,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    // File systems and namespaces.
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_open_tree,
    libc::SYS_move_mount,
    libc::SYS_fsopen,
    libc::SYS_fsconfig,
    libc::SYS_fsmount,
    libc::SYS_fspick,
    libc::SYS_mount_setattr,
    libc::SYS_setns,
    libc::SYS_unshare,
    libc::SYS_open_by_handle_at,
    libc::SYS_name_to_handle_at,
    libc::SYS_fanotify_init,
    libc::SYS_quotactl,
    libc::SYS_quotactl_fd,
    // The machine itself.
    libc::SYS_acct,
    libc::SYS_swapon,
    libc::SYS_swapoff,
    libc::SYS_reboot,
    libc::SYS_syslog,
    libc::SYS_settimeofday,
    libc::SYS_clock_settime,
    libc::SYS_clock_adjtime,
    libc::SYS_adjtimex,
    libc::SYS_vhangup,
];

const NAMESPACES: [i32; 8] = [
    libc::CLONE_NEWCGROUP,
    libc::CLONE_NEWIPC,
    libc::CLONE_NEWNET,
    libc::CLONE_NEWNS,
    libc::CLONE_NEWPID,
    // Of time, which the library does not name.
    0x80,
    libc::CLONE_NEWUSER,
    libc::CLONE_NEWUTS,
];

/// The same calls under the numbers of another calling convention, where there is one.
const TWINS: &[i64] = if cfg!(target_arch = "x86_64") { &[0, 0x4000_0000] } else { &[0] };

/// The filters, as the kernel reads them.
pub(super) fn filters() -> io::Result<[Vec<u8>; 2]> {
    let refused = filter(refused()?, libc::EPERM)?;
    let unknown = filter(vec![(libc::SYS_clone3, Vec::new())], libc::ENOSYS)?;
    Ok([refused, unknown])
}

fn refused() -> io::Result<Vec<(i64, Vec<SeccompRule>)>> {
    let eq = SeccompCmpOp::Eq;
    let namespaces = NAMESPACES.map(|flag| flag as u64);
    let mut rules: Vec<_> = REFUSED.map(|call| (call, Vec::new())).into();
    let of_namespaces = namespaces.map(|flag| vec![(0, SeccompCmpOp::MaskedEq(flag), flag)]);
    rules.push((libc::SYS_clone, rules_of(of_namespaces.into())?));
    // A terminal that somebody types into from below.
    let terminals = [libc::TIOCSTI, libc::TIOCLINUX].map(|call| vec![(1, eq.clone(), call)]);
    rules.push((libc::SYS_ioctl, rules_of(terminals.into())?));
    // Kinds of sockets that no network namespace holds, or that speak with the kernel.
    let kinds =
        [libc::AF_VSOCK, libc::AF_PACKET, libc::AF_ALG].map(|kind| vec![(0, eq.clone(), kind as u64)]);
    let mut sockets: Vec<_> = kinds.into();
    sockets.push(vec![(0, eq, libc::AF_NETLINK as u64), (2, SeccompCmpOp::Ne, libc::NETLINK_ROUTE as u64)]);
    rules.push((libc::SYS_socket, rules_of(sockets)?));
    Ok(rules)
}

/// Each of these meets the call: all conditions of one, which are about an argument's lower half.
fn rules_of(alternatives: Vec<Vec<(u8, SeccompCmpOp, u64)>>) -> io::Result<Vec<SeccompRule>> {
    let rule = |conditions: Vec<(u8, SeccompCmpOp, u64)>| {
        let condition =
            |(argument, how, value)| SeccompCondition::new(argument, SeccompCmpArgLen::Dword, how, value);
        SeccompRule::new(conditions.into_iter().map(condition).collect::<Result<_, _>>()?)
    };
    let rules: Result<_, seccompiler::BackendError> = alternatives.into_iter().map(rule).collect();
    rules.map_err(io::Error::other)
}

fn filter(calls: Vec<(i64, Vec<SeccompRule>)>, error: i32) -> io::Result<Vec<u8>> {
    let both =
        |(call, rules): (i64, Vec<SeccompRule>)| TWINS.iter().map(move |twin| (call + twin, rules.clone()));
    let rules: BTreeMap<_, _> = calls.into_iter().flat_map(both).collect();
    let arch = std::env::consts::ARCH.try_into().map_err(io::Error::other)?;
    let (pass, fail) = (SeccompAction::Allow, SeccompAction::Errno(error.cast_unsigned()));
    let program: BpfProgram =
        SeccompFilter::new(rules, pass, fail, arch).and_then(TryInto::try_into).map_err(io::Error::other)?;
    let bytes = program.iter().flat_map(|step| {
        let [code_low, code_high] = step.code.to_ne_bytes();
        let [a, b, c, d] = step.k.to_ne_bytes();
        [code_low, code_high, step.jt, step.jf, a, b, c, d]
    });
    Ok(bytes.collect())
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_filters_are_whole_steps_that_the_kernel_takes() {
        for filter in super::filters().unwrap() {
            assert!(!filter.is_empty() && filter.len() % 8 == 0 && filter.len() / 8 < 4096);
        }
    }
}
