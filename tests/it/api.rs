//! The client against fixtures and faults.
