# tests/support
