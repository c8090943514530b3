"""The real components that tests of the mark `component` run against: Kubernetes' API server, Consul, Nomad, Helm.

Each has its versions pinned in a `go.mod` of its own, and so have the definitions of the Gateway API (`gateway-api`),
which are taken as they are. `make components` builds them once, with Go, into a cache folder;
which registry the modules come from is the installing machine's affair. A test starts one in a folder of its own, on
free loopback ports: `with consul(tmp_path) as agent`. What was started ends with the test, and with the test runner.
Consul and Nomad are under the Business Source License: tests run them, and nothing of Galley depends on them.
"""
