import { NavGroup, NavItem } from "@patternfly/react-core";
import { NavLink, useLocation } from "react-router";

import { useMay } from "../../api/session";

type PageEntry = readonly [to: string, text: string, needs: string];

const GROUPS: ReadonlyArray<{ title: string; pages: readonly PageEntry[] }> = [
  { title: "Overview", pages: [["/", "Dashboard", "site.read"]] },
  {
    title: "Compute",
    pages: [
      ["/clusters", "Clusters", "cluster.read"],
      ["/hosts", "Hosts", "node.read"],
      ["/vms", "Virtual machines", "vm.read"],
    ],
  },
  {
    title: "Storage",
    pages: [
      ["/storage/pools", "Pools", "storagePool.read"],
      ["/storage/images", "Images", "image.read"],
    ],
  },
  { title: "Networking", pages: [["/networks", "Networks", "network.read"]] },
  {
    title: "Operations",
    pages: [
      ["/operations", "Operations", "operation.read"],
      ["/events", "Events", "event.read"],
    ],
  },
  {
    title: "Administration",
    pages: [
      ["/admin/users", "Users", "user.read"],
      ["/admin/roles", "Roles", "role.read"],
      ["/admin/audit", "Audit", "audit.read"],
    ],
  },
];

/** The pages that somebody may see. */
export function Pages() {
  const { pathname } = useLocation();
  const may = useMay();
  const here = (to: string) => (to === "/" ? pathname === "/" : pathname === to || pathname.startsWith(`${to}/`));
  return GROUPS.map(({ title, pages }) => {
    const mine = pages.filter(([, , needs]) => may(needs));
    if (mine.length === 0) return null;
    return (
      <NavGroup title={title} key={title}>
        {mine.map(([to, text]) => (
          <NavItem key={to} isActive={here(to)}>
            <NavLink to={to}>{text}</NavLink>
          </NavItem>
        ))}
      </NavGroup>
    );
  });
}
