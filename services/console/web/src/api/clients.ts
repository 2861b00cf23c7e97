/** Clients of the services behind the door, from the contracts. */
import { createClient } from "@connectrpc/connect";

import { ClusterService } from "../gen/quantix/cluster/v1/cluster_pb";
import { ApiKeyService } from "../gen/quantix/console/v1/api_key_pb";
import { AuditService } from "../gen/quantix/console/v1/audit_record_pb";
import { RoleService } from "../gen/quantix/console/v1/role_pb";
import { SiteService } from "../gen/quantix/console/v1/site_pb";
import { UserService } from "../gen/quantix/console/v1/user_pb";
import { EventService } from "../gen/quantix/event/v1/event_pb";
import { ImageFolderService } from "../gen/quantix/image/v1/image_folder_pb";
import { ImageService, UploadService } from "../gen/quantix/image/v1/image_pb";
import { NetworkService } from "../gen/quantix/network/v1/network_pb";
import { PortService } from "../gen/quantix/network/v1/port_pb";
import { JoinTokenService } from "../gen/quantix/node/v1/join_token_pb";
import { NodeService } from "../gen/quantix/node/v1/node_pb";
import { OperationService } from "../gen/quantix/operation/v1/operation_pb";
import { VirtualMachineService } from "../gen/quantix/vm/v1/virtual_machine_pb";
import { transport } from "./transport";

export const clusters = createClient(ClusterService, transport);
export const nodes = createClient(NodeService, transport);
export const joinTokens = createClient(JoinTokenService, transport);
export const machines = createClient(VirtualMachineService, transport);
export const images = createClient(ImageService, transport);
export const imageFolders = createClient(ImageFolderService, transport);
export const uploads = createClient(UploadService, transport);
export const networks = createClient(NetworkService, transport);
export const ports = createClient(PortService, transport);
export const operations = createClient(OperationService, transport);
export const events = createClient(EventService, transport);
export const apiKeys = createClient(ApiKeyService, transport);
export const users = createClient(UserService, transport);
export const roles = createClient(RoleService, transport);
export const audit = createClient(AuditService, transport);
export const site = createClient(SiteService, transport);
