"""The Consul source: services and their health from an agent, by blocking queries (docs/sources/consul.md)."""
