"""Run as a program: gRPC's own xDS client makes one call to `xds:///TARGET`, and prints the answer.

The bootstrap is in the environment (GRPC_XDS_BOOTSTRAP_CONFIG), which gRPC reads when it is loaded: hence a process.
"""

import sys
from typing import Any

import grpc


def main() -> None:
    """Call, and print the bytes that came back as text."""
    channel: Any
    with grpc.insecure_channel(f"xds:///{sys.argv[1]}") as channel:
        call = channel.unary_unary("/test.Echo/Say")
        sys.stdout.write(call(b"hello", timeout=15, wait_for_ready=True).decode())


if __name__ == "__main__":
    main()
