//! What `[check]` in `orca.toml` can hold.

use super::document::Keys;

/// The rules of the validator, which a level can be set for, and what else is said of it. A rule that is
/// misspelt would go on blocking, or being silent, without a word.
pub(super) const KEYS: [(&str, Keys); 31] = [
    ("baseline", Keys::Value),
    ("access-changed", Keys::Value),
    ("argument-shifted", Keys::Value),
    ("both-edited", Keys::Value),
    ("callee-rewritten", Keys::Value),
    ("case-missing", Keys::Value),
    ("case-removed", Keys::Value),
    ("circular-edit", Keys::Value),
    ("contract-changed", Keys::Value),
    ("contract-missing", Keys::Value),
    ("dependency-apart", Keys::Value),
    ("dependency-removed", Keys::Value),
    ("duplicate-definition", Keys::Value),
    ("duplicate-key", Keys::Value),
    ("event-unmatched", Keys::Value),
    ("import-dropped", Keys::Value),
    ("lock-moved", Keys::Value),
    ("member-required", Keys::Value),
    ("merged-invalid", Keys::Value),
    ("merged-unreadable", Keys::Value),
    ("migration-heads", Keys::Value),
    ("outside-scope", Keys::Value),
    ("result-unhandled", Keys::Value),
    ("route-removed", Keys::Value),
    ("shape-mismatch", Keys::Value),
    ("shared-state", Keys::Value),
    ("signature-changed", Keys::Value),
    ("symbol-removed", Keys::Value),
    ("type-changed", Keys::Value),
    ("unguarded-access", Keys::Value),
    ("value-changed", Keys::Value),
];
