# tests/diag
