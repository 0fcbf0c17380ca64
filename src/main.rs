//! The `twinsight` program.
use twinsight::files::Paths;
use twinsight::tui::{TuiOptions, run};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut options = TuiOptions::new(Paths::find()?);
    options.theme = std::env::var("TS_THEME").ok();
    if let Ok(c) = std::env::var("TS_COLOR") {
        options.color = c.parse()?;
    }
    if let Ok(d) = std::env::var("TS_DATA") {
        options.data = d;
    }
    run(options)?;
    Ok(())
}
