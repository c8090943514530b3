"""Codes GLY0080 to GLY0089: what the sources of services find in Consul, Nomad and Marathon. Pure data."""

from __future__ import annotations

from typing import Final

from pipeline.model.code import Code, error, info, warning

UNUSABLE_ANSWER: Final = "GLY0080"
UNUSABLE_INSTANCE: Final = "GLY0081"
INSTANCES_DISAGREE: Final = "GLY0082"
UNKNOWN_PROTOCOL: Final = "GLY0083"
UNUSABLE_HOST: Final = "GLY0084"

REGISTRY_CODES: tuple[Code, ...] = (
    error(
        UNUSABLE_ANSWER,
        "What a registry says of a service cannot be used",
        "Consul, Nomad or Marathon answered about a service with what is too large, is no JSON, or has not the shape of"
        " its API. All objects of the service stay as they were.",
        "Look at the answer with curl at the address of `galley sources`; a proxy between may be what answers.",
    ),
    error(
        UNUSABLE_INSTANCE,
        "An instance that a registry lists cannot be used",
        "Its address is neither an IP address nor a host name, its port is none, or its entry has not the shape of the"
        " registry's API. It stays as it was; the other instances of its service are not affected.",
        "Register the instance with an address that proxies can reach, and a port from 1 to 65535.",
    ),
    warning(
        INSTANCES_DISAGREE,
        "Instances of one service disagree about it",
        "Protocol, port and location belong to the service, and its instances were registered with different ones."
        " What most of them say is used.",
        "Register all instances with the same protocol, port and location; while that is rolled out, nothing is lost.",
    ),
    warning(
        UNKNOWN_PROTOCOL,
        "A registry names a protocol that there is not",
        "The service's protocol is none that a port can have, so its connections are forwarded as TCP.",
        "Use http, http2, grpc, grpc-web, https, tls, tcp, mongo, redis or mysql.",
    ),
    info(
        UNUSABLE_HOST,
        "A service's name cannot be a host",
        "Hosts are letters, digits and `-`; this name has something else, so its host is the name with that replaced"
        " and a digest of the name, which keeps two such names apart.",
        "Use the host that the message names, or register the service by a name that can be a host.",
    ),
)
