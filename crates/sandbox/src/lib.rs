//! Where an agent runs: on the host today, behind walls where asked for.
