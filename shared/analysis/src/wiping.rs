//! Memory that holds nothing of what lay in it once it is given back.

use std::alloc::{GlobalAlloc, Layout, System};

use zeroize::optimization_barrier;

/// The system's allocator, which wipes every block before it goes back to the system.
///
/// Encoded pictures and sounds pass through buffers that are not ours: of the HTTP server, of readers of forms and files, of
/// decoders. None of them can be asked to wipe what it held, and one that was forgotten would keep a person's voice in the
/// heap until something else happens to lie there. A block that grows is moved, and wiped where it was.
///
/// To be set as `#[global_allocator]` of a program that raw media pass through.
#[derive(Clone, Copy, Debug)]
pub struct Wiping;

#[expect(unsafe_code, reason = "an allocator can be written in no other way; all it does besides is to write noughts")]
// SAFETY: blocks come from the system's allocator and go back to it as they came. Growing goes by the trait's own way:
// another block, a copy, and the end of the first.
unsafe impl GlobalAlloc for Wiping {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promises are the same.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promises are the same.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the block has so many bytes, at least one, and until it is given back it is the caller's alone.
        unsafe {
            block.write_bytes(0, layout.size());
            // Writing what nobody reads again could be left out otherwise.
            optimization_barrier(&*block);
            System.dealloc(block, layout);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_keeps_its_bytes_while_it_grows() {
        let layout = Layout::from_size_align(64, 8).expect("a layout");
        #[expect(unsafe_code, reason = "see above")]
        // SAFETY: each block is of the layout that is named, and is written before it is read.
        unsafe {
            let block = Wiping.alloc(layout);
            block.write_bytes(7, 64);
            let grown = Wiping.realloc(block, layout, 4096);
            assert!(std::slice::from_raw_parts(grown, 64).iter().all(|byte| *byte == 7));
            Wiping.dealloc(grown, Layout::from_size_align(4096, 8).expect("a layout"));
        }
    }
}
