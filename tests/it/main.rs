//! Integration tests: one binary, because each one links the world.

mod api;
mod sandbox;
mod support;
