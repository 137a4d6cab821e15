//! Where the cut through the program goes: which function is in which half, and which calls cross it.

use std::collections::{BTreeSet, HashMap, HashSet};

use anyhow::{Result, bail};
use walrus::{
    ElementItems, ExportItem, FunctionId, Module,
    ir::{Visitor, dfs_in_order},
};

/// The function of the program that asks the page for the rest. All that it calls is in the first half.
pub(super) const ASK: &str = "need_rest";

/// The place of a function, table or global in the program as it was, which is the same in both halves.
pub(super) type Place = usize;

/// Which function belongs where, and which are called from the other half.
pub(super) struct Cut {
    pub(super) of_rest: HashSet<Place>,
    pub(super) ask: Place,
    pub(super) into_rest: BTreeSet<Place>,
    pub(super) into_first: BTreeSet<Place>,
}

impl Cut {
    pub(super) fn of(module: &Module, is_of_rest: impl Fn(&str) -> bool) -> Result<Self> {
        let ask = module.exports.get_func(ASK)?;
        let callees: HashMap<FunctionId, Vec<FunctionId>> =
            module.funcs.iter_local().map(|(id, function)| (id, Callees::of(function))).collect();
        let needed = reachable(ask, &callees);
        let named = |id: FunctionId| module.funcs.get(id).name.as_deref().is_some_and(&is_of_rest);
        let of_rest: HashSet<FunctionId> =
            callees.keys().copied().filter(|id| !needed.contains(id) && named(*id)).collect();
        let mut places = HashSet::new();
        for id in &of_rest {
            places.insert(id.index());
        }
        let mut cut = Self {
            of_rest: places,
            ask: ask.index(),
            into_rest: BTreeSet::new(),
            into_first: BTreeSet::new(),
        };
        for (caller, callees) in &callees {
            for callee in callees {
                cut.cross(of_rest.contains(caller), *callee);
            }
        }
        for element in module.elements.iter() {
            let ElementItems::Functions(functions) = &element.items else {
                bail!("the program's table holds something else than functions");
            };
            for function in functions {
                cut.cross(false, *function);
            }
        }
        for export in module.exports.iter() {
            if let ExportItem::Function(function) = export.item {
                cut.cross(false, function);
            }
        }
        Ok(cut)
    }

    /// Notes that a function of one half is called by the other.
    fn cross(&mut self, from_rest: bool, callee: FunctionId) {
        let callee = callee.index();
        match (from_rest, self.of_rest.contains(&callee)) {
            (false, true) => self.into_rest.insert(callee),
            (true, false) => self.into_first.insert(callee),
            (false, false) | (true, true) => false,
        };
    }

    /// The functions that sit in the table for the other half, in the order of their seats.
    pub(super) fn seated(&self) -> impl Iterator<Item = Place> {
        self.into_rest.iter().chain(&self.into_first).copied()
    }
}

/// What a function calls or names.
#[derive(Default)]
struct Callees(Vec<FunctionId>);

impl Callees {
    fn of(function: &walrus::LocalFunction) -> Vec<FunctionId> {
        let mut callees = Self::default();
        dfs_in_order(&mut callees, function, function.entry_block());
        callees.0
    }
}

impl Visitor<'_> for Callees {
    fn visit_function_id(&mut self, function: &FunctionId) {
        self.0.push(*function);
    }
}

fn reachable(from: FunctionId, callees: &HashMap<FunctionId, Vec<FunctionId>>) -> HashSet<FunctionId> {
    let mut found = HashSet::new();
    let mut open = vec![from];
    while let Some(next) = open.pop() {
        if found.insert(next) {
            open.extend(callees.get(&next).into_iter().flatten());
        }
    }
    found
}
