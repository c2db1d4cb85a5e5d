"""The shelf of model providers: one TOML file each, no code.

name          what podium.yaml and traces call it (`gen_ai.provider.name`)
protocol      the wire format, a module of podium.protocols
base_url      where it answers; empty where it runs inside podium
api_key_env   the environment variable that holds the key; empty where none is needed
capabilities  what its models can do unless podium.yaml says otherwise
prices_as     its name in the price list (genai-prices); or `free = true` for your own machine
source        where all this was read

shelf reads the files; price_list reads the price list.
"""
