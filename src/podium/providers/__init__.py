"""The shelf of model providers: one TOML file each, no code.

name          what podium.yaml and traces call it (`gen_ai.provider.name`)
title         what its makers call it
protocol      the wire format, a module or package of podium.protocols
base_url      where it answers, with `{places}` that are filled; empty where it runs inside podium
place         the places of base_url: variable that says each by default, an example, a default
auth          how it is shown who asks: key, aws, google, entra, ibm or databricks; the first unless
              podium.yaml says another
api_key_env   the environment variable that holds the key; empty where none is needed
key_header    the header that the key goes into; `Authorization` has it as a bearer token
headers       headers that every request has
api_version   the version that every address asks for, as `api-version`
capabilities  what its models can do unless podium.yaml says otherwise
prices_as     its name in the price list (genai-prices); or `free = true` for your own machine
source, read  where all this was read, and when; `sources` where a single fact was read elsewhere

shelf reads the files; page writes the page about them; price_list reads the price list.
"""
