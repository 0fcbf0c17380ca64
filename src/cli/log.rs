//! The log file: what the program did, to find the cause of a fault. It holds no names of people and photos.

use std::path::Path;
use std::sync::Mutex;

use tracing_subscriber::EnvFilter;

use crate::files;

/// Environment variable that chooses what is logged, such as `debug` or `twinsight::train=trace`. Default: `info`.
const VARIABLE: &str = "TWINSIGHT_LOG";
/// A log larger than this is renamed to `.log.old`, which replaces an earlier one.
const MAX_BYTES: u64 = 1 << 20;

/// Starts to log to `path`. If it cannot be written, the program works without a log.
pub(super) fn start(path: &Path) {
    if path
        .parent()
        .is_some_and(|folder| files::create_private_dir(folder).is_err())
    {
        return;
    }
    if std::fs::metadata(path).is_ok_and(|metadata| metadata.len() > MAX_BYTES) {
        // If this fails, the log keeps growing.
        let _ = std::fs::rename(path, path.with_extension("log.old"));
    }
    let Ok(file) = files::append_private(path) else {
        return;
    };
    let filter = EnvFilter::try_from_env(VARIABLE).unwrap_or_else(|_| EnvFilter::new("info"));
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(false)
        // On a full disk there is no log; an error for each line would hide more important ones.
        .log_internal_errors(false)
        .with_writer(Mutex::new(file));
    // A process can have only one log: later calls change nothing.
    let _ = subscriber.try_init();
}
