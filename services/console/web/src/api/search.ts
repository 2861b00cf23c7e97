/** Search over all nouns, by the servers: a few of each. */
import { useQuery } from "@tanstack/react-query";
import { useDeferredValue } from "react";

import { titleOf } from "../components/format";
import { clusters, images, machines, networks, nodes } from "./clients";
import { keys } from "./keys";

export interface Found {
  title: string;
  what: string;
  to: string;
}

interface Resource {
  name: string;
  displayName?: string | undefined;
}

const FEW = { pageSize: 5 };

async function search(query: string, signal: AbortSignal): Promise<Found[]> {
  const request = { ...FEW, query };
  const options = { signal };
  const all = await Promise.allSettled([
    machines.listVirtualMachines(request, options).then((page) => shown(page.virtualMachines, "Virtual machine", "")),
    nodes.listNodes(request, options).then((page) => shown(page.nodes, "Host", "")),
    clusters.listClusters(request, options).then((page) => shown(page.clusters, "Cluster", "")),
    networks.listNetworks(request, options).then((page) => shown(page.networks, "Network", "")),
    images.listImages(request, options).then((page) => shown(page.images, "Image", "/storage/images?q=")),
  ]);
  return all.flatMap((each) => (each.status === "fulfilled" ? each.value : []));
}

function shown(resources: readonly Resource[], what: string, prefix: string): Found[] {
  return resources.map((each) => ({
    title: titleOf(each),
    what: `${what} · ${each.name.split("/")[1]}`,
    to: prefix ? prefix + each.name.split("/")[1] : `/${each.name.replace(/^nodes\//, "hosts/")}`,
  }));
}

export const useSearchable = (text: string) => {
  const wanted = useDeferredValue(text.trim());
  const query = useQuery({
    queryKey: keys.search(wanted),
    queryFn: ({ signal }) => search(wanted, signal),
    enabled: wanted !== "",
    staleTime: 5_000,
  });
  return { found: query.data ?? [], searching: query.isFetching };
};
