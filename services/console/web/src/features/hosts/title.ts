import { idOf } from "../../components/format";
import type { Node } from "../../gen/quantix/node/v1/node_pb";

/** How people call a host. */
export const hostTitle = (node: Node): string => node.displayName || node.hostname || idOf(node.name);
