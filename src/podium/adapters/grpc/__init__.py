"""gRPC: `compiler` and `protoc` make descriptors of proto files in a process of their own, `schema`
turns JSON into messages and back, `channels` keeps connections, `client` calls, `statuses` says
what an answer other than OK means.
"""
