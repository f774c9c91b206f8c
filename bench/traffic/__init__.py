"""Traffic that the benchmarks read: one module a kind, each with `make(options)` -> packets."""
