//! The log file: what the program did, for whoever looks for a fault. It names no people and no photos.

use std::path::Path;
use std::sync::Mutex;

use tracing_subscriber::EnvFilter;

use crate::files;

/// Environment variable with what is logged, such as `debug` or `twinsight::train=trace`; `info` where it is not set.
const VARIABLE: &str = "TWINSIGHT_LOG";
/// From this size on the old log is set aside (replacing the one set aside before).
const MAX_BYTES: u64 = 1 << 20;

/// Begins to log to `path`. Where it cannot be written there is no log: that must not keep anybody from working.
pub(super) fn start(path: &Path) {
    if path
        .parent()
        .is_some_and(|folder| files::create_private_dir(folder).is_err())
    {
        return;
    }
    if std::fs::metadata(path).is_ok_and(|metadata| metadata.len() > MAX_BYTES) {
        // If this fails, the log goes on growing.
        let _ = std::fs::rename(path, path.with_extension("log.old"));
    }
    let Ok(file) = files::append_private(path) else {
        return;
    };
    let filter = EnvFilter::try_from_env(VARIABLE).unwrap_or_else(|_| EnvFilter::new("info"));
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(false)
        // On a full disk there is no log; saying so at each line would hide what matters.
        .log_internal_errors(false)
        .with_writer(Mutex::new(file));
    // Only the first log of a process counts.
    let _ = subscriber.try_init();
}
