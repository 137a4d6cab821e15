//! Cuts the browser's program in two: the *first half*, with which a page comes alive, and the *rest*, which is loaded afterwards.
//!
//! Both share memory, globals and the table of functions, and each calls the other through seats in that table. In the first half a
//! function of the rest is a stub, which asks the page for the rest where that is not there yet, and goes on there. So any
//! function may be in either half: what is in the wrong one costs time and nothing else. Loading the rest twice is no harm, since it
//! holds no state.

mod cut;

use std::collections::HashMap;

use anyhow::{Context as _, Result};
use cut::{Cut, Place};
use sha2::{Digest as _, Sha256};
use walrus::{
    ConstExpr, ElementItems, ElementKind, FunctionBuilder, FunctionId, FunctionKind, GlobalId, GlobalKind,
    ImportKind, MemoryId, Module, ModuleConfig, TableId, ValType, ir::Value,
};

/// Under this name the page hands the first half's exports to the rest.
const FIRST: &str = "first";

/// wasm-bindgen has a name of its own for it.
const MEMORY: &str = "shared memory";

fn table_name(place: Place) -> String {
    format!("table {place}")
}

fn global_name(place: Place) -> String {
    format!("global {place}")
}

pub(super) struct Halves {
    pub(super) first: Vec<u8>,
    pub(super) rest: Vec<u8>,
}

/// Puts the functions whose names say so into the rest.
pub(super) fn split(wasm: &[u8], is_of_rest: impl Fn(&str) -> bool) -> Result<Halves> {
    let (first, rest) = (Half::read(wasm)?, Half::read(wasm)?);
    let cut = Cut::of(&first.module, is_of_rest)?;
    // Halves of two programs don't fit each other; this name keeps them apart.
    let present = format!("rest {:x}", Sha256::digest(wasm));
    Ok(Halves { first: first.into_first(&cut, &present)?, rest: rest.into_rest(&cut, &present)? })
}

/// The whole program, on its way to become one half of it.
struct Half {
    module: Module,
    /// By place.
    functions: Vec<FunctionId>,
    globals: Vec<GlobalId>,
    tables: Vec<TableId>,
    memory: MemoryId,
    /// The one of functions; another holds JavaScript's objects.
    table: TableId,
    /// The first seat that the program left free.
    free: u64,
}

impl Half {
    fn read(wasm: &[u8]) -> Result<Self> {
        let mut configuration = ModuleConfig::new();
        configuration.generate_producers_section(false).generate_name_section(false);
        let module = configuration.parse(wasm).context("the browser's program could not be read")?;
        let table = module.tables.main_function_table()?.context("the program has no table of functions")?;
        Ok(Self {
            functions: module.funcs.iter().map(walrus::Function::id).collect(),
            globals: module.globals.iter().map(walrus::Global::id).collect(),
            tables: module.tables.iter().map(walrus::Table::id).collect(),
            memory: module.get_memory_id()?,
            table,
            free: module.tables.get(table).initial,
            module,
        })
    }

    fn into_first(mut self, cut: &Cut, present: &str) -> Result<Vec<u8>> {
        let zero = ConstExpr::Value(Value::I32(0));
        let is_present = self.module.globals.add_local(ValType::I32, true, false, zero);
        let seats = self.seats(cut)?;
        for place in &cut.of_rest {
            let id = self.functions[*place];
            match seats.get(place) {
                Some(seat) => self.go_through(id, *seat, Some((is_present, self.functions[cut.ask]))),
                None => self.module.funcs.delete(id),
            }
        }
        self.sit_down(cut.into_first.iter(), &seats);
        let exports = &mut self.module.exports;
        exports.add(MEMORY, self.memory);
        for (place, id) in self.tables.iter().enumerate() {
            exports.add(&table_name(place), *id);
        }
        for (place, id) in self.globals.iter().enumerate() {
            exports.add(&global_name(place), *id);
        }
        exports.add(present, is_present);
        Ok(self.finish())
    }

    fn into_rest(mut self, cut: &Cut, present: &str) -> Result<Vec<u8>> {
        self.keep_code_only();
        let seats = self.seats(cut)?;
        for (place, id) in self.functions.clone().into_iter().enumerate() {
            if cut.of_rest.contains(&place) {
                continue;
            }
            if let FunctionKind::Import(function) = &self.module.funcs.get(id).kind {
                self.module.imports.delete(function.import);
            }
            match seats.get(&place) {
                Some(seat) => self.go_through(id, *seat, None),
                None => self.module.funcs.delete(id),
            }
        }
        self.sit_down(cut.into_rest.iter(), &seats);
        self.share(present);
        Ok(self.finish())
    }

    /// The seat of each function that the other half calls; makes room for them.
    fn seats(&mut self, cut: &Cut) -> Result<HashMap<Place, i32>> {
        let free = i32::try_from(self.free)?;
        let seats: HashMap<Place, i32> = cut.seated().zip(free..).collect();
        let table = self.module.tables.get_mut(self.table);
        table.initial = self.free + u64::try_from(seats.len())?;
        table.maximum = table.maximum.map(|_| table.initial);
        Ok(seats)
    }

    /// Puts functions of this half, which follow one another in the table, onto their seats.
    fn sit_down<'a>(&mut self, places: impl Iterator<Item = &'a Place>, seats: &HashMap<Place, i32>) {
        let places: Vec<Place> = places.copied().collect();
        let Some(seat) = places.first().map(|place| seats[place]) else { return };
        let functions = places.iter().map(|place| self.functions[*place]).collect();
        let kind = ElementKind::Active { table: self.table, offset: ConstExpr::Value(Value::I32(seat)) };
        let element = self.module.elements.add(kind, ElementItems::Functions(functions));
        self.module.tables.get_mut(self.table).elem_segments.insert(element);
    }

    /// Replaces a function's body: it calls what sits there, and before that asks for the rest if need be.
    fn go_through(&mut self, id: FunctionId, seat: i32, ask: Option<(GlobalId, FunctionId)>) {
        let module = &mut self.module;
        let kind = module.funcs.get(id).ty();
        let (parameters, results) = module.types.params_results(kind);
        let (parameters, results) = (parameters.to_vec(), results.to_vec());
        let arguments: Vec<_> = parameters.iter().map(|kind| module.locals.add(*kind)).collect();
        let mut builder = FunctionBuilder::new(&mut module.types, &parameters, &results);
        let mut body = builder.func_body();
        if let Some((is_present, ask)) = ask {
            body.global_get(is_present).if_else(
                None,
                |_| {},
                |absent| {
                    absent.call(ask);
                },
            );
        }
        for argument in &arguments {
            body.local_get(*argument);
        }
        body.i32_const(seat).call_indirect(kind, self.table);
        module.funcs.get_mut(id).kind = FunctionKind::Local(builder.local_func(arguments));
    }

    /// Memory and table are filled by the first half, which is also what JavaScript calls.
    fn keep_code_only(&mut self) {
        let module = &mut self.module;
        module.start = None;
        for id in module.exports.iter().map(walrus::Export::id).collect::<Vec<_>>() {
            module.exports.delete(id);
        }
        for id in module.elements.iter().map(walrus::Element::id).collect::<Vec<_>>() {
            module.elements.delete(id);
        }
        for id in module.data.iter().map(walrus::Data::id).collect::<Vec<_>>() {
            module.data.delete(id);
        }
        module.tables.iter_mut().for_each(|table| table.elem_segments.clear());
        module.memories.iter_mut().for_each(|memory| memory.data_segments.clear());
    }

    /// Takes memory, tables and globals from the first half, and tells it at the end that the rest is there.
    fn share(&mut self, present: &str) {
        let module = &mut self.module;
        let memory = module.imports.add(FIRST, MEMORY, ImportKind::Memory(self.memory));
        module.memories.get_mut(self.memory).import = Some(memory);
        for (place, id) in self.tables.iter().enumerate() {
            let table = module.imports.add(FIRST, &table_name(place), ImportKind::Table(*id));
            module.tables.get_mut(*id).import = Some(table);
        }
        for (place, id) in self.globals.iter().enumerate() {
            let global = module.imports.add(FIRST, &global_name(place), ImportKind::Global(*id));
            module.globals.get_mut(*id).kind = GlobalKind::Import(global);
        }
        let (is_present, _) = module.add_import_global(FIRST, present, ValType::I32, true, false);
        let mut tell = FunctionBuilder::new(&mut module.types, &[], &[]);
        tell.func_body().i32_const(1).global_set(is_present);
        module.start = Some(tell.finish(Vec::new(), &mut module.funcs));
    }

    fn finish(mut self) -> Vec<u8> {
        walrus::passes::gc::run(&mut self.module);
        self.module.emit_wasm()
    }
}

#[cfg(test)]
mod tests {
    use super::{cut::ASK, *};

    /// `run` calls `near`, which calls `far`, which calls `deep` and `near`; `need_rest` calls `bell`, which is imported.
    fn program() -> Vec<u8> {
        let mut module = Module::with_config(ModuleConfig::new());
        let memory = module.memories.add_local(false, false, 1, None, None);
        module.exports.add("memory", memory);
        let table = module.tables.add_local(false, 1, Some(1), walrus::RefType::FUNCREF);
        let nothing = module.types.add(&[], &[]);
        let (bell, _) = module.add_import_func("page", "bell", nothing);
        let function = |module: &mut Module, name: &str, calls: &[FunctionId]| {
            let mut builder = FunctionBuilder::new(&mut module.types, &[], &[]);
            for callee in calls {
                builder.func_body().call(*callee);
            }
            let id = builder.finish(Vec::new(), &mut module.funcs);
            module.funcs.get_mut(id).name = Some(name.into());
            id
        };
        let ask = function(&mut module, ASK, &[bell]);
        let deep = function(&mut module, "deep", &[]);
        let objects = module.tables.add_local(false, 5, None, walrus::RefType::EXTERNREF);
        let zero = ConstExpr::Value(Value::I32(0));
        let depth = module.globals.add_local(ValType::I32, true, false, zero);
        let body = module.funcs.get_mut(deep).kind.unwrap_local_mut().builder_mut();
        body.func_body().i32_const(1).global_set(depth).table_size(objects).drop();
        let near = function(&mut module, "near", &[]);
        let far = function(&mut module, "far", &[deep, near]);
        let run = function(&mut module, "run", &[near, far]);
        module.exports.add(ASK, ask);
        module.exports.add("run", run);
        let start = ConstExpr::Value(Value::I32(0));
        let kind = ElementKind::Active { table, offset: start };
        let element = module.elements.add(kind, ElementItems::Functions(vec![near]));
        module.tables.get_mut(table).elem_segments.insert(element);
        module.emit_wasm()
    }

    fn imported(module: &Module) -> Vec<(&str, &str)> {
        module.imports.iter().map(|import| (import.module.as_str(), import.name.as_str())).collect()
    }

    #[test]
    fn each_half_holds_its_functions_and_calls_the_other_by_seats() {
        let Halves { first, rest } = split(&program(), |name| ["far", "deep", ASK].contains(&name)).unwrap();
        let (first, rest) = (Module::from_buffer(&first).unwrap(), Module::from_buffer(&rest).unwrap());
        let exported: Vec<&str> = first.exports.iter().map(|export| export.name.as_str()).collect();
        let present = exported.last().copied().unwrap();
        assert_eq!(exported, ["memory", ASK, "run", MEMORY, "table 0", "table 1", "global 0", present]);
        assert_eq!(imported(&first), [("page", "bell")]);
        // What asks for the rest is here, whatever its name; `far` is a stub, and `deep` is gone.
        assert_eq!(first.funcs.iter_local().count(), 4);
        let shared = ["table 0", "table 1", "global 0", present];
        assert_eq!(imported(&rest), shared.map(|name| (FIRST, name)));
        // `far` and `deep`, a stub of `near`, and what tells that the rest is there. What the page hands over is one table for both.
        assert_eq!(rest.funcs.iter_local().count(), 4);
        assert!(rest.start.is_some() && rest.exports.iter().next().is_none());
        // Seats for `far` and `near` beside the one that the program has.
        let seats = |module: &Module| module.tables.iter().map(|table| table.initial).collect::<Vec<_>>();
        assert_eq!((seats(&first), seats(&rest)), (vec![3, 5], vec![3, 5]));
    }

    #[test]
    fn halves_of_two_programs_do_not_fit() {
        let present = |wasm: &[u8]| {
            let first = split(wasm, |_| false).unwrap().first;
            let module = Module::from_buffer(&first).unwrap();
            module.exports.iter().last().unwrap().name.clone()
        };
        let program = program();
        let mut other = Module::from_buffer(&program).unwrap();
        other.exports.remove("run").unwrap();
        assert_ne!(present(&program), present(&other.emit_wasm()));
    }
}
