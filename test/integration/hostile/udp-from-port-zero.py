"""Sends TFTP requests whose source port is 0, where nobody can be answered. Arguments: destination's address and port."""
import socket
import struct
import sys

address, port = sys.argv[1], int(sys.argv[2])
requests = [
    b"\0\1ipxe.efi\0octet\0",
    b"\0\1ipxe.efi\0octet\0blksize\x001468\0",
    b"\0\1nosuch\0octet\0",
    b"\0\1ipxe.efi\0mail\0",
    b"\0\1ipxe.efi\0octet",
    b"\0\2ipxe.efi\0octet\0",
]
raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_UDP)
for request in requests:
    header = struct.pack("!HHHH", 0, port, 8 + len(request), 0)
    raw.sendto(header + request, (address, 0))
