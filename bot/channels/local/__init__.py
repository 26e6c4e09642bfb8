"""The local channel: the whole desk over plain HTTP on loopback, without any account."""
