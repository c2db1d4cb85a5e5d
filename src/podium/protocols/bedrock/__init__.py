"""Amazon Bedrock's Converse, ConverseStream, and InvokeModel for embeddings.

format       the ProviderFormat: paths, request, answer, stream
requests     a chat as messages, toolConfig, inferenceConfig and the fields of single models
turns        messages as content blocks
thinking     how much to think, in the words of each family of models
answers      content blocks as a completion: stop reasons, usage
streams      the same out of event messages
embeddings   InvokeModel of Titan and Cohere models

Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html and the
model of the service in botocore 1.44.8, read in November 2026.
"""
