"""The real components that tests of the mark `component` run against: Kubernetes, Consul, Nomad, Helm, Kafka.

Each has its versions pinned in a `go.mod` of its own, and so have the definitions of the Gateway API (`gateway-api`),
which are taken as they are; Kafka's are pinned by a `pom.xml` and the digests of its jars. `make components` gets them
once, with Go, or with Maven what runs on Java, into a cache folder; which registry they come from is the installing
machine's affair. A test starts one in a folder of its own, on free loopback ports: `with consul(tmp_path) as agent`;
one Kafka serves a whole run (`tests/conftest.py`). What was started ends with the test, and with the test runner.
Consul and Nomad are under the Business Source License: tests run them, and nothing of Galley depends on them.
"""
