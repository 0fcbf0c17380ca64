//! Any text as a recipe: it is refused, or it is in range and equal to itself after writing and reading.
#![no_main]

use libfuzzer_sys::fuzz_target;
use twinsight::internals::config::parse_ron;
use twinsight::train::Recipe;

fuzz_target!(|text: &str| {
    if let Ok(recipe) = parse_ron::<Recipe>(text, "fuzz")
        && recipe.validate().is_ok()
    {
        let written = ron::to_string(&recipe).expect("a recipe can be written");
        let again: Recipe = parse_ron(&written, "again").expect("what was written can be read");
        assert_eq!(again, recipe);
    }
});
