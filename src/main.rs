//! Parse the command line, build the platform, run.
/// Pages are made of many small pieces, and argon2 takes and gives back large ones: the system's allocator keeps too much.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    jiebang::cli::run()
}
