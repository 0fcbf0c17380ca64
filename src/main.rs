//! The `twinsight` program. Everything is in the library; see [`twinsight::run`].

fn main() -> std::process::ExitCode {
    twinsight::run()
}
