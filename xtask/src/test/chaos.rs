//! Crash tests: seeded stories over the real programs, whose processes are killed, frozen and cut off.

use anyhow::{Result, bail};
use clap::Args;

use super::{Tally, unit::counted};
use crate::{
    command::{Build, cargo, programs_for_checks},
    postgres::{Durability, Postgres},
    tools,
};

/// In a run of everything: a minute or two.
const USUAL_SEEDS: u64 = 20;

#[derive(Args)]
pub(super) struct Seeds {
    /// How many stories the part `chaos` tells; more than 100 take in the long stops.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    seeds: Option<u64>,
    /// Only this story of the part `chaos`, as it was before.
    #[arg(long, value_name = "S", conflicts_with = "seeds")]
    seed: Option<u64>,
}

impl Seeds {
    pub(super) fn are_given(&self) -> bool {
        self.seeds.is_some() || self.seed.is_some()
    }
}

pub(super) fn run(seeds: &Seeds) -> Result<Tally> {
    if !cfg!(target_os = "linux") {
        bail!("the crash tests look for processes in /proc, which this system does not have");
    }
    tools::for_unit_tests()?;
    programs_for_checks()?;
    let postgres = Postgres::start(Durability::Fleeting)?;
    let mut tests = cargo(&["test", "--profile=ci", "--workspace", "--locked", "--test=chaos"]);
    tests.env("SLIPWAY_KEEPER", Build::Ci.programs().join("slipway-keeper"));
    tests.env("SLIPWAY_TEST_POSTGRES_URL", postgres.url());
    match seeds.seed {
        Some(seed) => tests.env("SLIPWAY_CHAOS_SEED", seed.to_string()),
        None => tests.env("SLIPWAY_CHAOS_SEEDS", seeds.seeds.unwrap_or(USUAL_SEEDS).to_string()),
    };
    counted(&mut tests)
}
