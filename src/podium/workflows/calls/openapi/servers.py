"""Where an operation is: servers with variables, hosts with schemes, relative addresses."""

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from podium.kernel.errors import Invalid
from podium.kernel.json import Json, JsonObject
from podium.workflows.calls.bodies import as_object
from podium.workflows.calls.openapi.operation import Operation
from podium.workflows.calls.openapi.schemas import listed
from podium.workflows.calls.uris import encoded, joined, scalar

_VARIABLE: Final = re.compile(r"\{([^{}]+)\}")
_FIT: Final = re.compile(r"[A-Za-z0-9._~:-]*")
"""A variable may stand in the host: nothing in it may end the host."""
_SCHEMES: Final = ("https", "http")


def variables(operation: Operation) -> frozenset[str]:
    """Names that the address of its server leaves open."""
    return frozenset(as_object(_first(operation).get("variables")))


def address(operation: Operation, given: Mapping[str, Json]) -> str:
    """The first server's address, without a slash at its end. Raises Invalid."""
    description = operation.description
    if description.is_swagger:
        whole = _of_swagger(description.document, operation, description.url)
    else:
        server = _first(operation)
        whole = _filled(str(server.get("url", "/")), as_object(server.get("variables")), given)
    if description.url:
        whole = joined(description.url, whole)
    if not urlsplit(whole).scheme:
        what = f"The description says only '{whole}' about where its operations are, and it was not"
        raise Invalid(f"{what} fetched from anywhere. Write a whole address into it.")
    return encoded(whole).partition("#")[0].rstrip("/")


def _first(operation: Operation) -> JsonObject:
    return operation.servers[0] if operation.servers else dict[str, Json]()


def _filled(url: str, known: JsonObject, given: Mapping[str, Json]) -> str:
    def fill(place: re.Match[str]) -> str:
        name = place.group(1)
        variable = as_object(known.get(name))
        value = given.get(name, variable.get("default"))
        if value is None:
            raise Invalid(f"The server {url} has the variable '{name}'. Add it to 'parameters'.")
        text = scalar(value, name)
        options = [str(each) for each in listed(variable.get("enum"))]
        if options and text not in options:
            what = f"The server's variable '{name}' is '{text[:60]}'"
            raise Invalid(f"{what}, and has to be one of {', '.join(options[:20])}.")
        # What the description itself names may hold a whole path.
        if name in given and not options and _FIT.fullmatch(text) is None:
            raise Invalid(f"The server's variable '{name}' may hold letters, digits and . _ ~ : -.")
        return text

    return _VARIABLE.sub(fill, url)


def _of_swagger(document: JsonObject, operation: Operation, url: str) -> str:
    """2.0: scheme, host and basePath; each of them may be left to where the description is."""
    found = urlsplit(url)
    schemes = [str(each) for each in listed(_schemes(document, operation))]
    usable = [each for each in _SCHEMES if each in schemes]
    if schemes and not usable:
        raise Invalid(f"'{operation.id}' is called over {', '.join(schemes)}, podium calls http.")
    here = found.scheme or _SCHEMES[0]
    scheme = here if here in usable or not usable else usable[0]
    host = str(document.get("host", found.netloc))
    base = str(document.get("basePath", ""))
    if not host:
        return base or "/"
    return f"{scheme}://{host}/{base.lstrip('/')}"


def _schemes(document: JsonObject, operation: Operation) -> Json:
    return _first(operation).get("schemes") or document.get("schemes")
