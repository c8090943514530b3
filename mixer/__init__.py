"""The policy and telemetry consumer: snapshot in, rules out. Pure but for its gRPC shell."""
