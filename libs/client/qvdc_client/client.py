"""The public API, typed: one generated client a service, behind one address and key."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol, TypeVar

from pyqwest import SyncClient, SyncHTTPTransport

from quantix.cluster.v1.cluster_connect import ClusterServiceClientSync
from quantix.console.v1.api_key_connect import ApiKeyServiceClientSync
from quantix.console.v1.audit_record_connect import AuditServiceClientSync
from quantix.console.v1.role_connect import RoleServiceClientSync
from quantix.console.v1.session_connect import SessionServiceClientSync
from quantix.console.v1.site_connect import SiteServiceClientSync
from quantix.console.v1.user_connect import UserServiceClientSync
from quantix.event.v1.event_connect import EventServiceClientSync
from quantix.image.v1.image_connect import ImageServiceClientSync, UploadServiceClientSync
from quantix.image.v1.image_folder_connect import ImageFolderServiceClientSync
from quantix.network.v1.network_connect import NetworkServiceClientSync
from quantix.network.v1.port_connect import PortServiceClientSync
from quantix.node.v1.join_token_connect import JoinTokenServiceClientSync
from quantix.node.v1.node_connect import NodeServiceClientSync
from quantix.node.v1.node_join_connect import NodeJoinServiceClientSync
from quantix.node.v1.node_log_connect import NodeLogServiceClientSync
from quantix.node.v1.node_power_connect import NodePowerServiceClientSync
from quantix.node.v1.storage_pool_connect import StoragePoolServiceClientSync
from quantix.node.v1.tombstone_connect import TombstoneServiceClientSync
from quantix.operation.v1.operation_connect import OperationServiceClientSync
from quantix.vm.v1.virtual_machine_connect import VirtualMachineServiceClientSync
from qvdc_client.interceptor import TRIES, Calls

DEFAULT_SERVER = "http://127.0.0.1:8080"
TIMEOUT_MS = 60_000
"""Deadline of a call that says none, in milliseconds."""

STREAM_TIMEOUT_MS = 24 * 3_600_000
"""Deadline to give to a stream, in milliseconds; `qvdc_client.watch` opens it again."""

S = TypeVar("S")
Item = TypeVar("Item")
Request = TypeVar("Request", bound="PageRequest")


@dataclass(frozen=True, slots=True)
class Site:
    """Where the API is and how to get in.

    Args:
        server: address of the door, such as https://vdc.example:8443.
        key: API key; "" sends none.
        ca_file: PEM of the authority to trust for https; None trusts the system's.
    """

    server: str = DEFAULT_SERVER
    key: str = ""
    ca_file: Path | None = None


class PageRequest(Protocol):
    """A request of a list."""

    page_token: str
    page_size: int


class Client:
    """Calls one site. Methods of the services raise `qvdc_client.errors.ApiError`.

    Safe to share between threads; close it, or use it in a with statement.
    """

    def __init__(self, site: Site, *, tries: int = TRIES) -> None:
        self.site = site
        self._calls = Calls(site.key, tries=tries)

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        if "_transport" in self.__dict__:
            self._transport.close()

    @cached_property
    def clusters(self) -> ClusterServiceClientSync:
        """Clusters and membership."""
        return self._service(ClusterServiceClientSync)

    @cached_property
    def nodes(self) -> NodeServiceClientSync:
        """Hosts."""
        return self._service(NodeServiceClientSync)

    @cached_property
    def node_logs(self) -> NodeLogServiceClientSync:
        """Logs of hosts."""
        return self._service(NodeLogServiceClientSync)

    @cached_property
    def node_power(self) -> NodePowerServiceClientSync:
        """The power of hosts."""
        return self._service(NodePowerServiceClientSync)

    @cached_property
    def node_joins(self) -> NodeJoinServiceClientSync:
        """Hosts that show a pairing code."""
        return self._service(NodeJoinServiceClientSync)

    @cached_property
    def join_tokens(self) -> JoinTokenServiceClientSync:
        """Tokens that let hosts join."""
        return self._service(JoinTokenServiceClientSync)

    @cached_property
    def tombstones(self) -> TombstoneServiceClientSync:
        """Hosts that were removed."""
        return self._service(TombstoneServiceClientSync)

    @cached_property
    def storage_pools(self) -> StoragePoolServiceClientSync:
        """Places for disks and images on hosts."""
        return self._service(StoragePoolServiceClientSync)

    @cached_property
    def images(self) -> ImageServiceClientSync:
        """Images."""
        return self._service(ImageServiceClientSync)

    @cached_property
    def image_folders(self) -> ImageFolderServiceClientSync:
        """Folders of images."""
        return self._service(ImageFolderServiceClientSync)

    @cached_property
    def uploads(self) -> UploadServiceClientSync:
        """Uploads; `qvdc_client.upload` fills them."""
        return self._service(UploadServiceClientSync)

    @cached_property
    def networks(self) -> NetworkServiceClientSync:
        """Networks."""
        return self._service(NetworkServiceClientSync)

    @cached_property
    def ports(self) -> PortServiceClientSync:
        """Ports of networks."""
        return self._service(PortServiceClientSync)

    @cached_property
    def vms(self) -> VirtualMachineServiceClientSync:
        """Virtual machines."""
        return self._service(VirtualMachineServiceClientSync)

    @cached_property
    def operations(self) -> OperationServiceClientSync:
        """Long work."""
        return self._service(OperationServiceClientSync)

    @cached_property
    def events(self) -> EventServiceClientSync:
        """What happened."""
        return self._service(EventServiceClientSync)

    @cached_property
    def info(self) -> SiteServiceClientSync:
        """What this site is, and who the caller is."""
        return self._service(SiteServiceClientSync)

    @cached_property
    def sessions(self) -> SessionServiceClientSync:
        """Signing in and out, and bearer tokens."""
        return self._service(SessionServiceClientSync)

    @cached_property
    def users(self) -> UserServiceClientSync:
        """People who may sign in."""
        return self._service(UserServiceClientSync)

    @cached_property
    def roles(self) -> RoleServiceClientSync:
        """Named sets of permissions."""
        return self._service(RoleServiceClientSync)

    @cached_property
    def api_keys(self) -> ApiKeyServiceClientSync:
        """Keys for programs."""
        return self._service(ApiKeyServiceClientSync)

    @cached_property
    def audit(self) -> AuditServiceClientSync:
        """Who did what."""
        return self._service(AuditServiceClientSync)

    @cached_property
    def _transport(self) -> SyncHTTPTransport:
        ca_file = self.site.ca_file
        return SyncHTTPTransport(
            tls_ca_cert=ca_file.read_bytes() if ca_file else None,
            tls_include_system_certs=ca_file is None,
            connect_timeout=10.0,
        )

    def _service(self, kind: Callable[..., S]) -> S:
        return kind(
            self.site.server.rstrip("/"),
            timeout_ms=TIMEOUT_MS,
            interceptors=[self._calls],
            http_client=SyncClient(self._transport),
            send_compression=None,
        )


def pages(
    method: Callable[[Request], Any],
    request: Request,
    *,
    items: str,
    limit: int | None = None,
) -> Iterator[Any]:
    """Every item of a list, page by page, at most `limit`.

    Args:
        items: name of the answer's repeated field.

    Raises:
        ApiError: the API refused.
    """
    count = 0
    while True:
        answer = method(request)
        found: Sequence[Any] = getattr(answer, items)
        for item in found:
            if limit is not None and count >= limit:
                return
            count += 1
            yield item
        if not answer.next_page_token:
            return
        request.page_token = answer.next_page_token
