"""What the registries of platforms have in common: Consul, Nomad and Marathon know services and their instances.

A registry's own package follows it and says, place by place (a service is a place), what it found; here that becomes a
ServiceEntry a service and a WorkloadEntry an instance, the difference to what was said before, and batches. Nothing
here knows a registry by name.
"""
