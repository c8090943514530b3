"""Istio's own codes, for the rules that are Istio's. Pure data.

Numbers and names: istio.io, pkg/config/analysis/msg/messages.yaml; https://istio.io/latest/docs/reference/config/analysis/
"""

from __future__ import annotations

from pipeline.model.code import Code, error, info, warning

ISTIO_CODES: tuple[Code, ...] = (
    error(
        "IST0101",
        "Something that is named does not exist",
        "A host, port, subset or gateway that the object names is declared nowhere (ReferencedResourceNotFound).",
        "Mend the name, or add the object that declares it. Until then, requests for it fail.",
    ),
    error(
        "IST0106",
        "The object is not valid",
        "Istio's validation refuses a value of the object (SchemaValidationError).",
        "Change the value at the place named; the message says what is allowed.",
    ),
    error(
        "IST0109",
        "Two VirtualServices claim one host inside the mesh",
        "Sidecars do not merge VirtualServices of one host: only the oldest counts"
        " (ConflictingMeshGatewayVirtualServiceHosts).",
        "Merge the two, or export them to different namespaces.",
    ),
    error(
        "IST0111",
        "Several Sidecars of a namespace select every workload",
        "Only one Sidecar without a workloadSelector counts in a namespace (MultipleSidecarsWithoutWorkloadSelectors).",
        "Keep one of them, or give the others a selector.",
    ),
    error(
        "IST0112",
        "A destination does not say which port",
        "The host has several ports, and the destination names none (VirtualServiceDestinationPortSelectorRequired).",
        "Add port: {number: ...} to the destination.",
    ),
    warning(
        "IST0128",
        "TLS does not verify the server",
        "The rule starts TLS, but has no CA certificates to verify the server with"
        " (NoServerCertificateVerificationDestinationLevel).",
        "Set caCertificates.",
    ),
    warning(
        "IST0129",
        "TLS to a port does not verify the server",
        "The rule starts TLS to a port, but has no CA certificates to verify the server with"
        " (NoServerCertificateVerificationPortLevel).",
        "Set caCertificates in the port's settings.",
    ),
    warning(
        "IST0132",
        "A VirtualService's host is not the gateway's",
        "The gateway does not take requests for the host, so the routes have no effect there"
        " (VirtualServiceHostNotFoundInGateway).",
        "Add the host to a server of the gateway, or mend it.",
    ),
    warning(
        "IST0130",
        "A rule of a VirtualService is never used",
        "A rule before it takes everything that it matches (VirtualServiceUnreachableRule).",
        "Remove the rule, or move it before the one that hides it.",
    ),
    info(
        "IST0131",
        "A match of a VirtualService is never used",
        "The same match, or a wider one, stands in a rule before it (VirtualServiceIneffectiveMatch).",
        "Remove the match, or move its rule before the one that hides it.",
    ),
    warning(
        "IST0133",
        "The object is valid, with a warning",
        "Istio's validation accepts the object, but warns that a value probably does not do what is meant"
        " (SchemaWarning).",
        "Change the value at the place named, or leave it if it is meant.",
    ),
    error(
        "IST0145",
        "Two Gateways claim one port and host",
        "Gateways with the same selector have a port and a host in common (ConflictingGateways).",
        "Give each its own hosts, or its own selector.",
    ),
    warning(
        "IST0174",
        "A DestinationRule is for a host that is not known",
        "No Service or ServiceEntry declares the host, so the rule has no effect (UnknownDestinationRuleHost).",
        "Mend the host, or declare it.",
    ),
)
"""The entries, in the order of their numbers."""
