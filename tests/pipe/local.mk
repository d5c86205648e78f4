# tests/pipe
