import { Nav, NavGroup, NavItem, PageSidebar, PageSidebarBody } from "@patternfly/react-core";
import { NavLink, useLocation } from "react-router";

const groups = [
  { title: "Overview", pages: [["/", "Dashboard"]] },
  {
    title: "Compute",
    pages: [
      ["/clusters", "Clusters"],
      ["/hosts", "Hosts"],
      ["/vms", "Virtual machines"],
    ],
  },
  { title: "Storage", pages: [["/storage/images", "Images"]] },
  { title: "Networking", pages: [["/networks", "Networks"]] },
  {
    title: "Operations",
    pages: [
      ["/operations", "Operations"],
      ["/events", "Events"],
    ],
  },
] as const;

export function Side() {
  const { pathname } = useLocation();
  const here = (to: string) => (to === "/" ? pathname === "/" : pathname === to || pathname.startsWith(`${to}/`));
  return (
    <PageSidebar>
      <PageSidebarBody>
        <Nav aria-label="Pages">
          {groups.map(({ title, pages }) => (
            <NavGroup title={title} key={title}>
              {pages.map(([to, text]) => (
                <NavItem key={to} isActive={here(to)}>
                  <NavLink to={to}>{text}</NavLink>
                </NavItem>
              ))}
            </NavGroup>
          ))}
        </Nav>
      </PageSidebarBody>
    </PageSidebar>
  );
}
