/** Search over all nouns: by name and description at the servers, by address among what is streamed; a few of each. */
import { useQuery } from "@tanstack/react-query";
import { useDeferredValue, useMemo } from "react";

import { titleOf } from "../components/format";
import { clusters, images, machines, networks, nodes } from "./clients";
import { keys } from "./keys";
import { useMachines } from "./machines";
import { useNodes } from "./nodes";
import { pause, TYPING_MS } from "./pause";

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

const ADDRESS = /^[0-9a-f]+[.:][0-9a-f.:]*$/i;

interface Addressed extends Resource {
  ips: readonly string[];
  macs: readonly string[];
}

/** Machines and hosts of which an address or MAC begins so. */
function useAddressed(text: string): Found[] {
  const machines = useMachines().items;
  const nodes = useNodes().items;
  return useMemo(() => {
    const wanted = text.toLowerCase();
    if (!ADDRESS.test(wanted)) return [];
    const begins = ({ ips, macs }: Addressed) => [...ips, ...macs].some((each) => each.toLowerCase().startsWith(wanted));
    const vms = (machines ?? []).map((each) => ({ ...each, ips: each.addresses, macs: each.nics.map(({ effectiveMac }) => effectiveMac) }));
    const hosts = (nodes ?? []).map((each) => ({
      name: each.name,
      displayName: each.displayName || each.hostname,
      ips: each.addresses.map(({ ip }) => ip),
      macs: (each.inventory?.nics ?? []).map(({ mac }) => mac),
    }));
    const few = (found: readonly Addressed[], what: string) => shown(found.filter(begins).slice(0, FEW.pageSize), what, "");
    return [...few(vms, "Virtual machine"), ...few(hosts, "Host")];
  }, [machines, nodes, text]);
}

export const useSearchable = (text: string) => {
  const wanted = useDeferredValue(text.trim());
  const query = useQuery({
    queryKey: keys.search(wanted),
    queryFn: async ({ signal }) => {
      await pause(TYPING_MS, signal);
      return search(wanted, signal);
    },
    enabled: wanted !== "",
    staleTime: 5_000,
  });
  const addressed = useAddressed(wanted);
  const found = new Map([...addressed, ...(query.data ?? [])].map((each) => [each.to, each]));
  return { found: [...found.values()], searching: query.isFetching };
};
