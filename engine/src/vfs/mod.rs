//! Files, as storage sees them.
