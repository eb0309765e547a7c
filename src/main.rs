//! Parse the command line, build the platform, run.
fn main() -> std::process::ExitCode {
    jiebang::cli::run()
}
