//! A browser's program that remembers which of its functions were called.

use anyhow::{Context as _, Result};
use walrus::{ConstExpr, FunctionId, ModuleConfig, ValType, ir::Value};

/// Adds to each function an exported global, `called N`, which is 1 once it was called; returns the names of the functions by N.
pub(super) fn count(wasm: &[u8]) -> Result<(Vec<u8>, Vec<String>)> {
    let mut configuration = ModuleConfig::new();
    configuration.generate_producers_section(false).generate_name_section(false);
    let mut module = configuration.parse(wasm).context("the browser's program could not be read")?;
    let functions: Vec<FunctionId> = module.funcs.iter_local().map(|(id, _)| id).collect();
    let mut names = Vec::new();
    for (number, id) in functions.into_iter().enumerate() {
        let zero = ConstExpr::Value(Value::I32(0));
        let called = module.globals.add_local(ValType::I32, true, false, zero);
        module.exports.add(&format!("called {number}"), called);
        let function = module.funcs.get_mut(id);
        names.push(function.name.clone().unwrap_or_default());
        let body = function.kind.unwrap_local_mut().builder_mut();
        body.func_body().const_at(0, Value::I32(1)).global_set_at(1, called);
    }
    Ok((module.emit_wasm(), names))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_function_has_a_global_that_it_sets_first() {
        let mut module = walrus::Module::with_config(ModuleConfig::new());
        let mut builder = walrus::FunctionBuilder::new(&mut module.types, &[], &[]);
        builder.func_body().unreachable();
        let function = builder.finish(Vec::new(), &mut module.funcs);
        module.funcs.get_mut(function).name = Some("end".into());
        module.exports.add("end", function);
        let (counted, names) = count(&module.emit_wasm()).unwrap();
        let module = walrus::Module::from_buffer(&counted).unwrap();
        let exported: Vec<&str> = module.exports.iter().map(|export| export.name.as_str()).collect();
        assert_eq!((exported, names), (vec!["end", "called 0"], vec!["end".to_owned()]));
        let (_, function) = module.funcs.iter_local().next().unwrap();
        assert_eq!(function.size(), 3);
    }
}
