"""Gemini's generateContent, as Google AI Studio (v1beta) and Vertex AI (v1) speak it.

format       the ProviderFormat: paths, request, answer, stream
requests     a chat as contents, tools and a generationConfig
turns        messages as contents: parts, calls of functions and their responses
schemas      JSON Schemas without what Gemini refuses
answers      candidates as a completion: parts, reasons to finish, usage
streams      the same, piece by piece
signatures   what a model wants to see again of its own thoughts
embeddings   batchEmbedContents, embedContent and predict

Source: https://ai.google.dev/api/generate-content and
https://docs.cloud.google.com/vertex-ai/generative-ai/docs/model-reference/inference, read in
November 2026.
"""
