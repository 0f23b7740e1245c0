/// Several threads that fill models at once spend a third of their time in the C library's own.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    git_orca::cli::main()
}
