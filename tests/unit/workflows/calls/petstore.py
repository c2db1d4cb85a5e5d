"""A pet store on loopback that serves its own description, of each version."""

import json
from contextlib import asynccontextmanager

from aiohttp import web
from tests.unit.workflows.calls.loopback import a_call, calling, site

from podium.workflows.calls.callee import Allowance
from podium.workflows.calls.credentials import AuthenticatedFetching
from podium.workflows.calls.openapi.call import OpenApiCall
from podium.workflows.calls.openapi.descriptions import Descriptions
from podium.workflows.calls.resources import FetchedResources

PET = {
    "type": "object",
    "required": ["name", "photoUrls"],
    "properties": {
        "id": {"type": "integer", "readOnly": True},
        "name": {"type": "string"},
        "photoUrls": {"type": "array", "items": {"type": "string"}},
        "status": {"type": "string", "enum": ["available", "sold"]},
    },
}

SWAGGER = {
    "swagger": "2.0",
    "info": {"title": "Pets", "version": "1"},
    "basePath": "/v2",
    "consumes": ["application/json"],
    "produces": ["application/xml", "application/json"],
    "paths": {
        "/pet": {
            "post": {
                "operationId": "addPet",
                "parameters": [
                    {"in": "body", "name": "pet", "required": True,
                     "schema": {"$ref": "#/definitions/Pet"}}
                ],
            }
        },
        "/pet/findByStatus": {
            "get": {
                "operationId": "findPetsByStatus",
                "parameters": [
                    {"name": "status", "in": "query", "required": True, "type": "array",
                     "items": {"type": "string"}, "collectionFormat": "multi"},
                    {"name": "tags", "in": "query", "type": "array", "collectionFormat": "pipes"},
                ],
            }
        },
        "/pet/{petId}": {
            "parameters": [{"name": "petId", "in": "path", "required": True, "type": "integer"}],
            "get": {"operationId": "getPetById", "security": [{"api_key": []}]},
            "delete": {
                "operationId": "deletePet",
                "parameters": [{"name": "api_key", "in": "header", "type": "string"}],
            },
        },
        "/pet/{petId}/uploadImage": {
            "parameters": [{"name": "petId", "in": "path", "required": True, "type": "integer"}],
            "post": {
                "operationId": "uploadFile",
                "consumes": ["multipart/form-data"],
                "parameters": [
                    {"name": "note", "in": "formData", "type": "string"},
                    {"name": "file", "in": "formData", "type": "file", "required": True},
                ],
            },
        },
        "/pet/{petId}/form": {
            "post": {
                "operationId": "updatePetWithForm",
                "consumes": ["application/x-www-form-urlencoded"],
                "parameters": [
                    {"name": "petId", "in": "path", "required": True, "type": "integer"},
                    {"name": "name", "in": "formData", "type": "string"},
                    {"name": "tags", "in": "formData", "type": "array", "items": {"type": "string"},
                     "collectionFormat": "csv"},
                ],
            }
        },
    },
    "definitions": {"Pet": PET},
    "securityDefinitions": {"api_key": {"type": "apiKey", "name": "api_key", "in": "header"}},
}  # fmt: skip

OPENAPI = {
    "openapi": "3.1.0",
    "info": {"title": "Pets", "version": "1"},
    "servers": [
        {"url": "{base}/v3", "variables": {"base": {"default": "", "enum": ["", "/eu"]}}},
    ],
    "paths": {
        "/users/{userId}": {"$ref": "#/components/pathItems/User"},
        "/projects": {
            "post": {
                "operationId": "addProject",
                "parameters": [
                    {"name": "validateOnly", "in": "query", "schema": {"type": "boolean"}},
                    {"name": "lang", "in": "header", "schema": {"type": "string"}},
                    {"name": "session", "in": "cookie", "schema": {"type": "string"}},
                ],
                "requestBody": {"$ref": "#/components/requestBodies/Project"},
            }
        },
        "/issues": {
            "post": {
                "operationId": "createIssue",
                "requestBody": {
                    "content": {
                        "application/json": {
                            "schema": {
                                "properties": {
                                    "title": {"type": "string"},
                                    "body": {"type": "string"},
                                }
                            }
                        }
                    }
                },
            }
        },
        "/charges": {
            "post": {
                "operationId": "charge",
                "requestBody": {
                    "content": {
                        "application/x-www-form-urlencoded": {
                            "schema": {
                                "type": "object",
                                "properties": {
                                    "amount": {"type": "integer"},
                                    "metadata": {"type": "object"},
                                    "plain": {"type": "object"},
                                    "expand": {"type": "array", "items": {"type": "string"}},
                                },
                            },
                            "encoding": {"metadata": {"style": "deepObject", "explode": True}},
                        }
                    }
                },
            }
        },
        "/files": {
            "post": {
                "operationId": "upload",
                "requestBody": {
                    "required": True,
                    "content": {
                        "application/json": {
                            "schema": {"type": "object", "properties": {"url": {}}}
                        },
                        "multipart/form-data": {
                            "schema": {
                                "type": "object",
                                "properties": {
                                    "file": {"type": "string", "format": "binary"},
                                    "meta": {"type": "object"},
                                    "tags": {"type": "array", "items": {"type": "string"}},
                                },
                            }
                        },
                    },
                },
            }
        },
        "/raw": {
            "put": {
                "operationId": "putRaw",
                "requestBody": {"required": True, "content": {"application/octet-stream": {}}},
            }
        },
        "/search": {
            "get": {
                "operationId": "search",
                "security": [{"key": []}],
                "parameters": [
                    {"name": "filter", "in": "query", "style": "deepObject", "explode": True,
                     "schema": {"type": "object"}},
                    {"name": "id", "in": "query", "schema": {}},
                    {"name": "id", "in": "header", "schema": {}},
                ],
            },
            "trace": {"servers": [{"url": "https://elsewhere.example"}]},
        },
        "/closed": {"post": {"operationId": "closed", "requestBody": {"content": {
            "application/json": {
                "schema": {"type": "object", "properties": {"a": {}, "b": {}}}}}}}},
        "/open": {"post": {"operationId": "open", "requestBody": {"content": {
            "application/json": {"schema": {"type": "object", "properties": {"a": {}},
                                            "additionalProperties": True}}}}}},
        "/list": {"post": {"operationId": "list", "requestBody": {"required": True, "content": {
            "application/json": {"schema": {"type": "array", "items": {}}}}}}},
        "/far": {"get": {"operationId": "far", "parameters": [{"$ref": "https://e.example/p"}]}},
        "/round": {"get": {"operationId": "round", "parameters": [{"$ref": "#/components/x/a"}]}},
        "/nowhere": {"get": {"operationId": "nowhere", "parameters": [{"$ref": "#/no"}]}},
        "/twice": {"get": {"operationId": "twice"}, "put": {"operationId": "twice"}},
    },
    "components": {
        "x": {"a": {"$ref": "#/components/x/b"}, "b": {"$ref": "#/components/x/a"}},
        "pathItems": {
            "User": {
                "parameters": [
                    {"name": "userId", "in": "path", "required": True,
                     "schema": {"type": "integer"}}
                ],
                "get": {
                    "operationId": "getUserById",
                    "parameters": [
                        {"name": "fields", "in": "query", "explode": False,
                         "schema": {"type": "array", "items": {"type": "string"}}},
                        {"name": "include_deleted", "in": "query", "schema": {"type": "boolean"}},
                        {"name": "limit", "in": "query", "schema": {"type": "integer"}},
                        {"name": "X-Version", "in": "header", "required": True,
                         "schema": {"type": "string", "default": "2026-01-01"}},
                    ],
                    "responses": {
                        "200": {"content": {"text/csv": {}, "application/json": {}}},
                        "404": {"$ref": "https://e.example/r"},
                    },
                },
            }
        },
        "requestBodies": {
            "Project": {
                "required": True,
                "content": {
                    "application/json": {
                        "schema": {
                            "allOf": [
                                {"properties": {"name": {"type": "string"}}, "required": ["name"]},
                                {
                                    "properties": {
                                        "code": {"type": "string"},
                                        "members": {"type": "array"},
                                    },
                                    "required": ["code"],
                                },
                            ]
                        }
                    }
                },
            }
        },
        "securitySchemes": {
            "key": {"type": "apiKey", "in": "query", "name": "appKey"},
            "oauth": {"type": "oauth2", "flows": {}},
        },
    },
}  # fmt: skip


class PetStore:
    """Answers with what it saw; `texts` are its descriptions by path."""

    def __init__(self) -> None:
        self.texts = {
            "/swagger.json": json.dumps(SWAGGER),
            "/openapi.json": json.dumps(OPENAPI),
        }

    async def __call__(self, request: web.Request) -> web.StreamResponse:
        if request.path in self.texts:
            return web.Response(text=self.texts[request.path])
        if request.path.endswith("/findByStatus"):
            status = request.query.getall("status")
            return web.json_response([{"id": 1, "name": "Rex", "status": each} for each in status])
        return web.json_response({"id": 1, "name": "Rex", "status": "available"})


@asynccontextmanager
async def store(handler=None, *, max_bytes: int = 2_000_000, egress=None):
    """The store, and a function that calls one of its operations."""
    async with (
        site(handler or PetStore()) as server,
        calling(max_bytes=max_bytes, egress=egress) as http,
    ):
        allowance = Allowance(5.0, max_bytes)
        fetched = FetchedResources(AuthenticatedFetching(http.sender), http.clock, allowance)
        api = OpenApiCall(http.sender, Descriptions(fetched))

        async def call(id: str, document=None, /, *, input=None, **more: object):
            made = dict(more)
            arguments = {
                name: made.pop(name)
                for name in ("output", "redirect", "authentication")
                if name in made
            }
            arguments["document"] = document or {"endpoint": f"{server.url}/openapi.json"}
            arguments["operationId"] = id
            arguments["parameters"] = made.pop("given", made)
            return await api.call(arguments, a_call(input))

        yield server, call
