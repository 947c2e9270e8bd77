"""Asks over TFTP and acknowledges nothing, as one does who forges the sender's address. Arguments: sender, server, port, names.

Prints the operation code of each first answer, so that the server is known to have looked it up.
"""
import socket
import struct
import sys

sender, server, port, *names = sys.argv[1:]
for name in names:
    for options in (b"", b"tsize\x000\0blksize\x001408\0"):
        asking = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        asking.bind((sender, 0))
        asking.settimeout(10)
        asking.sendto(b"\0\1" + name.encode() + b"\0octet\0" + options, (server, int(port)))
        print(struct.unpack("!H", asking.recv(2048)[:2])[0])
        asking.close()
