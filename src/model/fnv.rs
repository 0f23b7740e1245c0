/// FNV-1a: small and the same on every machine and in every version. Not against an adversary.
#[derive(Debug, Clone, Copy)]
pub struct Fnv(u64);

impl Fnv {
    /// The hash of nothing.
    pub fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    /// The hash of some parts.
    pub fn of<P: AsRef<[u8]>>(parts: impl IntoIterator<Item = P>) -> u64 {
        let mut hash = Self::new();
        parts.into_iter().for_each(|part| hash.write(part.as_ref()));
        hash.0
    }

    /// Adds a part and its end.
    pub fn write(&mut self, part: &[u8]) {
        part.iter().chain(&[0]).for_each(|byte| self.add(*byte));
    }

    /// Adds one byte.
    pub fn add(&mut self, byte: u8) {
        self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }

    /// The hash so far.
    pub fn get(self) -> u64 {
        self.0
    }
}

impl Default for Fnv {
    fn default() -> Self {
        Self::new()
    }
}
