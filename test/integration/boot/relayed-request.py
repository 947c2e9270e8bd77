# Sends a DHCPDISCOVER as a relay would, and prints the address of the offer, if one comes.
#   relayed-request.py RELAY SERVER MAC
import socket
import struct
import sys

relay, server, mac = sys.argv[1:]
none = bytes(4)
hardware = bytes.fromhex(mac.replace(":", ""))
fixed = struct.pack(
    "!BBBBIHH4s4s4s4s16s64s128s", 1, 1, 6, 1, 4660, 0, 0, none, none, none, socket.inet_aton(relay), hardware, b"", b""
)
options = bytes([53, 1, 1, 60, 9]) + b"PXEClient" + bytes([93, 2, 0, 0, 255])

with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
    sock.bind((relay, 67))
    sock.settimeout(3)
    sock.sendto(fixed + b"\x63\x82\x53\x63" + options, (server, 67))
    try:
        print(socket.inet_ntoa(sock.recv(2048)[16:20]))
    except TimeoutError:
        pass
