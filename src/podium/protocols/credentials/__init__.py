"""How providers are shown who asks, beyond a key in a header (`endpoints.Key`).

sigv4        AWS Signature Version 4: the headers of one request, computed
aws          where AWS keys come from, as its own tools look for them, and requests signed with them
tokens       a token that is fetched, kept until shortly before its end, and fetched anew
grants       what is asked of a token endpoint: Entra, Databricks, IBM, metadata services
google       service accounts and the credentials of gcloud
means        what all of them need: HTTP, a clock, files
"""
