"""Writes the small HTTP packets of this network namespace to standard output: boot scripts, tokens, commands.

Usage: wire-tap.py PORT... Packets of full size are parts of kernels and disks; the kernel drops them for us.
"""
import ctypes
import socket
import struct
import sys

ETH_P_ALL = 3
SO_ATTACH_FILTER = 26
SMALL = 1500


def instructions(ports):
    """Classic BPF: IPv4 without options, TCP, small, from or to one of the ports."""
    load, byte, size, equal, greater, give = 0x28, 0x30, 0x80, 0x15, 0x25, 0x06
    tests = 2 * (1 + len(ports))
    code = [(load, 0, 0, 12), (equal, 0, tests + 4, 0x800), (byte, 0, 0, 23), (equal, 0, tests + 2, 6),
            (size, 0, 0, 0), (greater, tests, 0, SMALL)]
    for offset in (34, 36):
        code.append((load, 0, 0, offset))
        for port in ports:
            to_end = 6 + tests - len(code)
            code.append((equal, to_end, 0, port))
    return code + [(give, 0, 0, 0), (give, 0, 0, 0x40000)]


def tap(ports):
    code = b''.join(struct.pack('HBBI', *each) for each in instructions(ports))
    buffer = ctypes.create_string_buffer(code)
    program = struct.pack('HL', len(code) // 8, ctypes.addressof(buffer))
    wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
    wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
    wire.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, program)
    return wire


def main():
    wire = tap([int(port) for port in sys.argv[1:]])
    out = sys.stdout.buffer
    out.write(b'listening\n')
    out.flush()
    while True:
        packet = wire.recv(65536)
        header = 14 + 20 + (packet[46] >> 4) * 4
        end = 14 + struct.unpack('!H', packet[16:18])[0]
        if header < end:
            out.write(packet[header:end] + b'\n')
            out.flush()


main()
