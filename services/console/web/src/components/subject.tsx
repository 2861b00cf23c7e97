import { Link } from "react-router";

import { idOf } from "./format";

/** Where the page of a resource is; undefined where there is none. */
export function pageOf(name: string): string | undefined {
  const [noun, id] = name.split("/");
  switch (noun) {
    case "clusters":
    case "networks":
    case "vms":
      return `/${name}`;
    case "nodes":
      return `/hosts/${id}`;
    case "storage-pools":
      return `/storage/pools/${id}`;
    case "images":
      return `/storage/images?q=${id}`;
    default:
      return undefined;
  }
}

/** The name of a resource, as a link to its page. */
export function Subject({ name }: { name: string }) {
  const to = pageOf(name);
  return to ? <Link to={to}>{idOf(name)}</Link> : <>{name}</>;
}
