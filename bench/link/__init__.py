"""A bad link in user space, for benches and tests: `tc netem` is not to be had everywhere. It does not ship.

`shaped.py` is the honest one: two network namespaces with a TUN device each and a process between them that delays,
limits and drops IP packets (`pipe.py`), so slow start, handshakes and retransmissions are the kernel's own. It needs
Linux and root. `proxy.py` needs neither: a TCP proxy on loopback that does to a stream what such a link would
(`stream.py`), and what portals and broken boxes do to requests and replies (`harm.py`).
"""
