"""Rules between the fields of one object, one kind a file: what Istio's validation checks beyond types."""
