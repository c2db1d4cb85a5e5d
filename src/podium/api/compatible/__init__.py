"""The addresses that clients of OpenAI and Anthropic call, on one path for every server.

addresses   what is where, and in which protocol
exchange    what comes in and what goes out, whoever serves it
answering   one request: who asks, what is asked, the answer or the refusal in its protocol
hot         uvicorn's protocol, answering these addresses without going through ASGI
routes      the same addresses for ASGI, and their description
"""
