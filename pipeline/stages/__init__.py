"""The stages: pure steps from changes to a revision. Each is total, deterministic and keyed; time arrives in records."""
