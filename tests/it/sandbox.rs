//! The sandbox over HTTP, judged by the contract.
