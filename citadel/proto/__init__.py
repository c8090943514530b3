"""The wire format of Istio's certificate service, built here from its field numbers. No generated code; no I/O."""
