"""The Nomad source: services that Nomad itself keeps, by its event stream (docs/sources/nomad.md)."""
