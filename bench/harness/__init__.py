"""The harness: starts receivers, sends to them, checks what they stored, and writes down what it took."""
