"""Small real servers and clients of the lab; each runs inside a namespace: python3 hosts.py WHAT ...

    serve CERT KEY ADDRESS PORT COUNT BYTES    TLS: takes COUNT connections, sends BYTES to each
    fetch ADDRESS PORT NAME                    TLS with this SNI: reads to the end, prints the bytes
    datagrams ADDRESS PORT COUNT SIZE          UDP: sends COUNT of SIZE bytes, from one port
    scatter ADDRESS FIRST COUNT RATE           UDP: one datagram to each of COUNT ports, RATE a second
    echo ADDRESS PORT COUNT                    UDP: sends the first COUNT datagrams back
"""
import socket
import ssl
import sys
import time


def serve(certificate, key, address, port, count, size):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server = socket.create_server((address, int(port)))
    print("ready", flush=True)
    for _ in range(int(count)):
        connection = context.wrap_socket(server.accept()[0], server_side=True)
        connection.recv(65536)
        connection.sendall(bytes(int(size)))
        connection.close()


def fetch(address, port, name):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    connection = context.wrap_socket(socket.create_connection((address, int(port)), timeout=20),
                                     server_hostname=name)
    connection.sendall(b"GET")
    received = 0
    while data := connection.recv(1 << 20):
        received += len(data)
    print(received)


def datagrams(address, port, count, size):
    client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    for _ in range(int(count)):
        client.sendto(bytes(int(size)), (address, int(port)))


def scatter(address, first, count, rate):
    client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    begun = time.monotonic()
    for i in range(int(count)):
        client.sendto(b"x", (address, int(first) + i))
        ahead = begun + i / float(rate) - time.monotonic()
        if ahead > 0.001:
            time.sleep(ahead)


def echo(address, port, count):
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind((address, int(port)))
    print("ready", flush=True)
    for _ in range(int(count)):
        data, client = server.recvfrom(65536)
        server.sendto(data, client)


if __name__ == "__main__":
    {"serve": serve, "fetch": fetch, "datagrams": datagrams, "scatter": scatter,
     "echo": echo}[sys.argv[1]](*sys.argv[2:])
