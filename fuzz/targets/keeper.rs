//! Lines between server and keeper: whatever comes is a word or is refused, and a word is read as it was written.
#![no_main]

use futures::executor::block_on;
use libfuzzer_sys::fuzz_target;
use serde::{Serialize, de::DeserializeOwned};
use slipway_keeper::{
    lines::{Lines, line},
    wire::{FromKeeper, LaunchSpec, ToKeeper},
};

fuzz_target!(|bytes: &[u8]| {
    let mut lines = Lines::new(bytes);
    while let Ok(Some(word)) = block_on(lines.next()) {
        read_again::<ToKeeper>(word);
        read_again::<FromKeeper>(word);
        read_again::<LaunchSpec>(word);
    }
});

fn read_again<W: Serialize + DeserializeOwned>(word: &[u8]) {
    let Ok(word) = serde_json::from_slice::<W>(word) else { return };
    let written = line(&word);
    let again: W = serde_json::from_slice(&written).expect("what was written can be read");
    assert_eq!(line(&again), written);
}
