"""What of the REST interface is bytes rather than RPCs: a form with a file, and downloads."""

from typing import Any

_TEXTS = {
    "name": "What people call it; the file's name if left out.",
    "image_id": "Permanent id, before the file; made up if left out.",
    "description": "",
    "os_family": "Such as linux.",
    "distribution": "Such as debian.",
    "version": "Such as 12.",
    "folder": "Name or id of a folder; the top if left out.",
    "checksum": "SHA-256, SHA-512 or SHA-1 that the file must have, in hex.",
    "kind": "CLOUD_IMAGE, ISO or DISK; told by content if left out.",
    "architecture": "Such as x86_64.",
}


def plain_paths(error: dict[str, str]) -> dict[str, dict[str, Any]]:
    """The paths, in OpenAPI's form; tus is described by its own protocol."""
    return {
        "/api/v1/images/upload": {"post": _upload(error)},
        "/api/v1/images/{image}/content": {"get": _content(error)},
    }


def _upload(error: dict[str, str]) -> dict[str, Any]:
    texts = {
        name: {"type": "string", "description": text} if text else {"type": "string"}
        for name, text in _TEXTS.items()
    }
    form = {
        "type": "object",
        "required": ["file"],
        "properties": {"file": {"type": "string", "format": "binary"}, **texts},
        "additionalProperties": False,
    }
    accepted = {"schema": {"$ref": "#/components/schemas/image.v1.UploadStatus"}}
    return {
        "operationId": "Bytes_UploadImage",
        "tags": ["ImageService"],
        "summary": "Upload an image as one form",
        "description": "Needs the permission `image.create`. The fields may come in any order; the"
        " file is streamed to disk. To go on after a cut use the tus protocol at"
        " /api/v1/images/uploads instead.",
        "requestBody": {"required": True, "content": {"multipart/form-data": {"schema": form}}},
        "responses": {
            "202": {
                "description": "All bytes are here; ask `statusUrl` how far the image is.",
                "content": {"application/json": accepted},
            },
            "default": error,
        },
    }


def _content(error: dict[str, str]) -> dict[str, Any]:
    return {
        "operationId": "Bytes_ReadImage",
        "tags": ["ImageService"],
        "summary": "Read the bytes of an image",
        "description": "Needs the permission `image.read`. Takes Range.",
        "parameters": [
            {
                "name": "image",
                "in": "path",
                "required": True,
                "description": "Id or uid.",
                "schema": {"type": "string", "pattern": "^[a-z0-9-]{1,63}$"},
            },
            {
                "name": "Range",
                "in": "header",
                "description": "Such as bytes=0-1023.",
                "schema": {"type": "string"},
            },
        ],
        "responses": {
            status: {"description": text, "content": {"application/octet-stream": {}}}
            for status, text in {"200": "All bytes.", "206": "Those asked for."}.items()
        }
        | {"default": error},
    }
