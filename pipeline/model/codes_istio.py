"""Istio's own codes, for the rules that are Istio's. Pure data.

Numbers and names: istio.io, pkg/config/analysis/msg/messages.yaml; https://istio.io/latest/docs/reference/config/analysis/
"""

from __future__ import annotations

from pipeline.model.code import Code, error, info, warning

ISTIO_CODES: tuple[Code, ...] = (
    warning(
        "IST0002",
        "A deprecated field or version",
        "Istio has deprecated the field: it is ignored, or another one has replaced it (Deprecated). Or the apiVersion"
        " is one that newer API servers do not serve.",
        "Remove the field, or use the one that the message names.",
    ),
    error(
        "IST0101",
        "Something that is named does not exist",
        "A host, port, subset, gateway, credential or workload that the object names is declared nowhere"
        " (ReferencedResourceNotFound). Workloads and credentials are missed only where some are known: they need"
        " not be written down.",
        "Mend the name, or add the object that declares it. Until then, requests for it fail.",
    ),
    error(
        "IST0106",
        "The object is not valid",
        "Istio's validation refuses a value of the object (SchemaValidationError).",
        "Change the value at the place named; the message says what is allowed.",
    ),
    warning(
        "IST0107",
        "An annotation on the wrong kind of object",
        "The annotation is one of Istio's, but means nothing on this kind (MisplacedAnnotation).",
        "Move it to the kind that the message names; Pod annotations belong into the template of a Deployment.",
    ),
    warning(
        "IST0108",
        "An unknown annotation",
        "The annotation has a prefix of Istio's, but Istio has none of that name (UnknownAnnotation).",
        "Mend the spelling, or remove it.",
    ),
    error(
        "IST0109",
        "Two VirtualServices claim one host inside the mesh",
        "Sidecars do not merge VirtualServices of one host: only the oldest counts"
        " (ConflictingMeshGatewayVirtualServiceHosts).",
        "Merge the two, or export them to different namespaces.",
    ),
    error(
        "IST0110",
        "Two Sidecars select the same workload",
        "A workload takes one Sidecar; which of them counts is not said (ConflictingSidecarWorkloadSelectors).",
        "Give each Sidecar labels of its own.",
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
    info(
        "IST0118",
        "A port's name does not say its protocol",
        "The port is named outside of the convention PROTOCOL or PROTOCOL-SUFFIX, and has no appProtocol, so that"
        " proxies find its protocol out from the first bytes (PortNameIsNotUnderNamingConvention).",
        "Set appProtocol, or rename the port, such as http-web.",
    ),
    warning(
        "IST0127",
        "A selector selects no workload",
        "No known workload of the namespace has all the labels, so the object has no effect"
        " (NoMatchingWorkloadsFound). Said only where workloads of the namespace are known.",
        "Mend the labels.",
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
        "IST0132",
        "A VirtualService's host is not the gateway's",
        "The gateway does not take requests for the host, so the routes have no effect there"
        " (VirtualServiceHostNotFoundInGateway).",
        "Add the host to a server of the gateway, or mend it.",
    ),
    warning(
        "IST0133",
        "The object is valid, with a warning",
        "Istio's validation accepts the object, but warns that a value probably does not do what is meant"
        " (SchemaWarning).",
        "Change the value at the place named, or leave it if it is meant.",
    ),
    warning(
        "IST0134",
        "A TCP port of a ServiceEntry has no address",
        "Without an address, traffic of a protocol that names no host can be told by its port alone, whatever host"
        " it is meant for (ServiceEntryAddressesRequired).",
        "Add addresses; or say the protocol, where it is one with host names; or let addresses be allocated"
        " (ISTIO_META_DNS_AUTO_ALLOCATE in the mesh's proxyMetadata, or PILOT_ENABLE_IP_AUTOALLOCATE=true).",
    ),
    info(
        "IST0135",
        "A deprecated annotation",
        "The annotation works, but has been deprecated (DeprecatedAnnotation).",
        "Use what the message names instead.",
    ),
    warning(
        "IST0138",
        "Two Gateways show one certificate",
        "A client may keep its HTTP/2 connection to one Gateway for hosts of the other that the certificate covers"
        " too, and gets 404 there (GatewayDuplicateCertificate).",
        "Put the hosts of a certificate into one Gateway, or give each its own certificate.",
    ),
    warning(
        "IST0140",
        "Routing by subsets has no effect at a gateway",
        "The VirtualService of the host splits its traffic by subsets, but requests through the gateway are routed"
        " by this one, which names no subset (IngressRouteRulesNotAffected).",
        "Name the subsets here too, or bind the VirtualService of the host to the gateway.",
    ),
    error(
        "IST0145",
        "Two Gateways claim one port and host",
        "Gateways with the same selector have a port and a host in common (ConflictingGateways).",
        "Give each its own hosts, or its own selector.",
    ),
    error(
        "IST0149",
        "A route by claims of a token that nobody verifies",
        "Requests are routed by claims at a gateway for whose proxies there is no RequestAuthentication: the claims are"
        " never known there, and the route never matches (JwtClaimBasedRoutingWithoutRequestAuthN).",
        "Add a RequestAuthentication that selects the gateway's proxies.",
    ),
    warning(
        "IST0150",
        "A port of an ExternalName Service is taken for TCP",
        "Proxies may catch all traffic to the port's number, whatever host it is meant for"
        " (ExternalNameServiceTypeInvalidPortName).",
        "Name the port by its protocol, such as https-api, or set appProtocol.",
    ),
    warning(
        "IST0151",
        "An EnvoyFilter depends on an order that is not said",
        "The operation is relative to what other EnvoyFilters have added or removed before, and the object has no"
        " priority (EnvoyFilterUsesRelativeOperation).",
        "Set priority, or use an operation that depends on nothing, such as INSERT_FIRST.",
    ),
    error(
        "IST0152",
        "REPLACE in an EnvoyFilter does nothing",
        "The operation works on HTTP_FILTER and NETWORK_FILTER only (EnvoyFilterUsesReplaceOperationIncorrectly).",
        "Use another operation, or patch a filter.",
    ),
    error(
        "IST0153",
        "ADD in an EnvoyFilter does nothing",
        "The operation is ignored on ROUTE_CONFIGURATION and HTTP_ROUTE (EnvoyFilterUsesAddOperationIncorrectly).",
        "Use another operation.",
    ),
    error(
        "IST0154",
        "REMOVE in an EnvoyFilter does nothing",
        "The operation is ignored on ROUTE_CONFIGURATION and HTTP_ROUTE (EnvoyFilterUsesRemoveOperationIncorrectly).",
        "Use another operation.",
    ),
    warning(
        "IST0155",
        "An EnvoyFilter depends on another for some versions of the proxy",
        "The operation is relative, the object has no priority, and another patch of the same name is for some versions"
        " of the proxy only (EnvoyFilterUsesRelativeOperationWithProxyVersion).",
        "Set priority, or use an operation that depends on nothing, such as INSERT_FIRST.",
    ),
    warning(
        "IST0157",
        "A Telemetry's access log has no provider",
        "It names none, and the mesh has none by default, so it is ignored (InvalidTelemetryProvider).",
        "Name providers, or set defaultProviders.accessLogging in the mesh's settings.",
    ),
    error(
        "IST0159",
        "Two Telemetries select the same workload",
        "A workload takes one Telemetry of its namespace; which of them counts is not said"
        " (ConflictingTelemetryWorkloadSelectors).",
        "Give each labels of its own.",
    ),
    error(
        "IST0160",
        "Several Telemetries of a namespace select every workload",
        "Only one Telemetry without a selector counts in a namespace (MultipleTelemetriesWithoutWorkloadSelectors).",
        "Keep one of them, or give the others a selector.",
    ),
    error(
        "IST0161",
        "A Gateway's credential cannot be used",
        "The Secret has no certificate with a key: tls.crt and tls.key, or cert and key, in PEM"
        " (InvalidGatewayCredential).",
        "Put both into the Secret.",
    ),
    warning(
        "IST0162",
        "No port of a Service leads to the Gateway's port",
        "The Service of the gateway's workloads has no port that leads to the port on which the Gateway listens, so"
        " it cannot be reached through the Service (GatewayPortNotDefinedOnService).",
        "Add the port to the Service, or listen on one of those to which it leads.",
    ),
    warning(
        "IST0165",
        "A VirtualService is bound to an internal Gateway",
        "The Gateway was made by Istio from one of the Gateway API; its name and content may change at any time"
        " (ReferencedInternalGateway).",
        "Bind an HTTPRoute to the Gateway of the Gateway API.",
    ),
    warning(
        "IST0166",
        "A selector that does not count",
        "The selector selects proxies of a Gateway of the Gateway API, to which policies are attached by name"
        " (IneffectiveSelector).",
        "Name the Gateway in targetRefs instead.",
    ),
    warning(
        "IST0167",
        "A Sidecar for workloads without a sidecar",
        "The workload or the namespace is in ambient mode, where a Sidecar has no effect (IneffectivePolicy).",
        "Remove it.",
    ),
    error(
        "IST0173",
        "A subset selects no workload",
        "No known endpoint of the host has the labels of the subset, so requests to it fail"
        " (DestinationRuleSubsetNotSelectPods). Said only where workloads of the host's namespace are known.",
        "Mend the labels, or remove the subset.",
    ),
    warning(
        "IST0174",
        "A DestinationRule is for a host that is not known",
        "No Service or ServiceEntry declares the host, so the rule has no effect (UnknownDestinationRuleHost).",
        "Mend the host, or declare it.",
    ),
)
"""The entries, in the order of their numbers."""
