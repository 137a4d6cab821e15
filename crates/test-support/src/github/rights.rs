//! What becomes of repositories and of who may read them, and how often somebody asked.

use super::GitHub;

impl GitHub {
    /// From now on this person may read it too.
    pub fn let_in(&self, full_name: &str, login: &str) {
        self.with(full_name, |readers| readers.push(login.to_owned()));
    }

    /// From now on this person may not read it any more.
    pub fn shut_out(&self, full_name: &str, login: &str) {
        self.with(full_name, |readers| readers.retain(|reader| reader != login));
    }

    /// Nobody can push to it any more.
    pub fn archive(&self, full_name: &str) {
        let mut state = self.world.state();
        let found = state.repositories.iter_mut().find(|held| held.full_name == full_name);
        found.expect("a repository").archived = true;
    }

    /// How often this path of the API was asked for.
    pub fn asked(&self, path: &str) -> usize {
        self.world.state().asked.get(path).copied().unwrap_or_default()
    }

    /// Every path of the API that somebody asked for.
    pub fn all_asked(&self) -> Vec<String> {
        self.world.state().asked.keys().cloned().collect()
    }

    fn with(&self, full_name: &str, change: impl FnOnce(&mut Vec<String>)) {
        let mut state = self.world.state();
        let found = state.repositories.iter_mut().find(|held| held.full_name == full_name);
        change(&mut found.expect("a repository").readers);
    }
}
