//! How does glibc's allocator give large pieces back to the system?

/// Pieces from this size on are mapped one by one, so that each goes back when it is freed.
///
/// By itself glibc maps what is larger than 128 KiB, and raises that with every such piece that is
/// freed: what a burst of large messages took then stays, for a small piece that lies above it. Smaller
/// than the largest message of a burst and larger than what a connection needs from message to message.
const MAPPED_BYTES_MIN: i32 = 32 << 10;

/// Pieces that are mapped at once, at most: a process has some 65,000 mappings (`vm.max_map_count`),
/// and threads and `io_uring` need theirs. The others lie where small pieces lie.
const MAPPED_MAX: i32 = 16 << 10;

/// Has the allocator map large pieces; to be called before there are threads.
pub(crate) fn tune() {
    for (parameter, value) in [
        (libc::M_MMAP_THRESHOLD, MAPPED_BYTES_MIN),
        (libc::M_MMAP_MAX, MAPPED_MAX),
    ] {
        // SAFETY: `mallopt` takes two integers, reads and writes nothing but the allocator's own
        // parameters, and what is allocated already stays as it is.
        let _is_taken = unsafe { libc::mallopt(parameter, value) };
    }
}
