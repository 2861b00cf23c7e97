"""quantix.console.v1.ApiKeyService."""

from google.protobuf.empty_pb2 import Empty

from quantix.console.v1 import api_key_pb2 as pb
from qvdc_console.api.caller import caller_of
from qvdc_console.api.convert import api_key_to_wire
from qvdc_console.usecases.api_key import ApiKeysUseCase, KeyWish
from qvdc_core.ids import Name
from qvdc_core.page import PageRequest
from qvdc_rpc.context import RequestContext
from qvdc_rpc.request_key import request_key

API_KEY_SERVICE = pb.DESCRIPTOR.services_by_name["ApiKeyService"]


class ApiKeyServicer:
    """Turns the wire into verbs of keys and back."""

    def __init__(self, keys: ApiKeysUseCase) -> None:
        self._keys = keys

    async def create_api_key(
        self, request: pb.CreateApiKeyRequest, ctx: RequestContext
    ) -> pb.ApiKey:
        """Make a key and show its secret, once."""
        wire = request.api_key
        issued = await self._keys.create(
            KeyWish(
                id=request.api_key_id,
                display_name=wire.display_name if wire.HasField("display_name") else None,
                description=wire.description if wire.HasField("description") else None,
                role=wire.role.removeprefix("roles/"),
                ttl=wire.ttl.ToTimedelta() if wire.HasField("ttl") else None,
            ),
            caller=caller_of(ctx),
            key=request_key(request, ctx),
            validate_only=request.validate_only,
        )
        return api_key_to_wire(issued.key, issued.plain.text if issued.plain else "")

    async def get_api_key(self, request: pb.GetApiKeyRequest, ctx: RequestContext) -> pb.ApiKey:
        """Read one key."""
        return api_key_to_wire(await self._keys.get(_name(request.name), caller_of(ctx)))

    async def list_api_keys(
        self, request: pb.ListApiKeysRequest, ctx: RequestContext
    ) -> pb.ListApiKeysResponse:
        """Read a page of keys."""
        wanted = PageRequest.of(request.page_size, request.page_token)
        page = await self._keys.page(wanted, caller_of(ctx))
        return pb.ListApiKeysResponse(
            api_keys=[api_key_to_wire(each) for each in page.items],
            next_page_token=page.next_token,
        )

    async def delete_api_key(self, request: pb.DeleteApiKeyRequest, ctx: RequestContext) -> Empty:
        """Revoke a key."""
        await self._keys.delete(
            _name(request.name),
            etag=request.etag,
            caller=caller_of(ctx),
            key=request_key(request, ctx),
            validate_only=request.validate_only,
        )
        return Empty()


def _name(text: str) -> str:
    return str(Name.parse(text, "api-keys"))
