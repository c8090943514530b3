"""The Envoy consumer: snapshot in, Envoy resources out. Pure but for its gRPC shell and what runs an Envoy."""
