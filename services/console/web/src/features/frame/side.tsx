import { Nav, NavList, PageSidebar, PageSidebarBody, ToggleGroup, ToggleGroupItem } from "@patternfly/react-core";
import { useState } from "react";

import { Inventory } from "./inventory";
import { Pages } from "./pages";

const KEY = "qvdc.side";

type Face = "pages" | "inventory";

const remembered = (): Face => (localStorage.getItem(KEY) === "inventory" ? "inventory" : "pages");

/** The navigation, with two faces: the pages, and what the site is made of. */
export function Side() {
  const [face, setFace] = useState(remembered);
  const turn = (next: Face) => {
    localStorage.setItem(KEY, next);
    setFace(next);
  };
  return (
    <PageSidebar>
      <PageSidebarBody>
        <ToggleGroup aria-label="Navigation by" isCompact className="q-faces">
          <ToggleGroupItem text="Pages" isSelected={face === "pages"} onChange={() => turn("pages")} />
          <ToggleGroupItem text="Inventory" isSelected={face === "inventory"} onChange={() => turn("inventory")} />
        </ToggleGroup>
        {face === "pages" ? (
          <Nav aria-label="Pages">
            <Pages />
          </Nav>
        ) : (
          <Nav aria-label="Inventory">
            <NavList>
              <Inventory />
            </NavList>
          </Nav>
        )}
      </PageSidebarBody>
    </PageSidebar>
  );
}
