//! Takes out of the browser's program what it holds and never runs.
//!
//! Each view can be taken over in two ways, at once or piece by piece as code is loaded. Ours is taken over at once, but a view whose
//! type is erased names both, so the linker keeps both. The unused way is a fifth of the program.

use anyhow::{Context as _, Result};
use walrus::{FunctionBuilder, FunctionId, FunctionKind, Module, ModuleConfig};

/// A part of the names of functions that are never called: the bodies of `RenderHtml::hydrate_async`.
const UNUSED: &str = "hydrate_async";

/// Smaller ones may be shared with something that is called, since the compiler merges equal functions.
const LEAST_INSTRUCTIONS: u64 = 64;

/// Ends the program where an unused function would have begun, and removes what only those needed.
pub(super) fn snip(wasm: &[u8]) -> Result<Vec<u8>> {
    let mut configuration = ModuleConfig::new();
    configuration.generate_producers_section(false).generate_name_section(true);
    let mut module = configuration.parse(wasm).context("the browser's program could not be read")?;
    let unused: Vec<FunctionId> = module
        .funcs
        .iter_local()
        .filter(|(id, function)| {
            let name = module.funcs.get(*id).name.as_deref();
            name.is_some_and(|name| name.contains(UNUSED)) && function.size() >= LEAST_INSTRUCTIONS
        })
        .map(|(id, _)| id)
        .collect();
    for id in unused {
        empty(&mut module, id);
    }
    walrus::passes::gc::run(&mut module);
    Ok(module.emit_wasm())
}

fn empty(module: &mut Module, id: FunctionId) {
    let (parameters, results) = module.types.params_results(module.funcs.get(id).ty());
    let (parameters, results) = (parameters.to_vec(), results.to_vec());
    let arguments = parameters.iter().map(|kind| module.locals.add(*kind)).collect();
    let mut builder = FunctionBuilder::new(&mut module.types, &parameters, &results);
    builder.func_body().unreachable();
    module.funcs.get_mut(id).kind = FunctionKind::Local(builder.local_func(arguments));
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A module with an exported function of this name, which adds one so many times.
    fn program(name: &str, additions: usize) -> Vec<u8> {
        let mut module = Module::with_config(ModuleConfig::new());
        let mut builder = FunctionBuilder::new(&mut module.types, &[], &[walrus::ValType::I32]);
        let mut body = builder.func_body();
        body.i32_const(1);
        for _ in 0..additions {
            body.i32_const(1).binop(walrus::ir::BinaryOp::I32Add);
        }
        let function = builder.finish(vec![], &mut module.funcs);
        module.funcs.get_mut(function).name = Some(name.into());
        module.exports.add("run", function);
        module.emit_wasm()
    }

    fn size(wasm: &[u8]) -> u64 {
        let module = Module::from_buffer(wasm).unwrap();
        let (_, function) = module.funcs.iter_local().next().unwrap();
        function.size()
    }

    #[test]
    fn only_large_bodies_of_the_unused_way_go() {
        let rest = |name, additions| size(&snip(&program(name, additions)).unwrap());
        assert_eq!(rest("Page::hydrate_async::closure", 100), 1);
        assert_eq!(rest("Page::hydrate_async::closure", 3), 7);
        assert_eq!(rest("Page::hydrate::closure", 100), 201);
    }
}
