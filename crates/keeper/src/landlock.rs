//! A second layer behind the walls, where the kernel has [Landlock](https://landlock.io): what a program could reach through a hole in
//! the mounts it may still not touch.
//!
//! It is the kernel's own check of each access, and knows nothing of mounts: below the root that is seen inside everything may be read and
//! run, below what is named it may be written, and what lies anywhere else, above all the host's own root, is out of reach. Besides, no
//! signal and no socket without a path leads out.
//!
//! Invariant: it takes nothing away that the walls give, or it is left out. Before its second version a file could not be moved to another
//! folder.

use std::path::PathBuf;

use landlock::{
    ABI, Access, AccessFs, BitFlags, CompatLevel, Compatible, Ruleset, RulesetAttr, RulesetCreatedAttr,
    RulesetError, Scope, path_beneath_rules,
};

/// The newest version whose rules are meant here; of an older kernel's what it knows.
const KNOWN: ABI = ABI::V6;

/// Holds from now on for this thread and all that it starts.
pub fn restrict(writable: &[PathBuf]) -> Result<(), RulesetError> {
    rules(CompatLevel::SoftRequirement)?
        .create()?
        .add_rules(path_beneath_rules(["/"], AccessFs::from_read(KNOWN)))?
        .add_rules(path_beneath_rules(writable, to_write()))?
        .restrict_self()?;
    Ok(())
}

/// Whether this kernel has it, in a version that is of use.
pub fn is_there() -> bool {
    rules(CompatLevel::HardRequirement).and_then(Ruleset::create).is_ok()
}

fn rules(to_move_files: CompatLevel) -> Result<Ruleset, RulesetError> {
    Ruleset::default()
        .set_compatibility(to_move_files)
        .handle_access(AccessFs::Refer)?
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(KNOWN))?
        .scope(Scope::from_all(KNOWN))
}

/// Nobody makes devices.
fn to_write() -> BitFlags<AccessFs> {
    AccessFs::from_all(KNOWN) & !(AccessFs::MakeChar | AccessFs::MakeBlock)
}
