"""`call: asyncapi`: messages to and from the servers that an AsyncAPI document describes.

ports       servers, channels and messages as values, and what the outside must do with them
document    AsyncAPI 2 and 3: which channel, which operation, which message
servers     which server, and where it is
messages    payloads as bytes and back, the schema of what is published
call        the task: publishing, and the next message of a subscription
"""
